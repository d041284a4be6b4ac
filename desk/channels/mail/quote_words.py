"""The words with which mail clients introduce what they quote, in the languages that they speak."""

from __future__ import annotations

import re

_FROM = """from von de da van fra från od lähettäjä feladó от від 发件人 寄件者 寄件人 差出人 送信者 보낸사람 보낸 발신 dari pengirim
 kimden gönderen expéditeur remitente remetente mittente afzender avsändare afsender nadawca odesílatel odosielateľ отправитель
 відправник şuradan מאת من từ จาก expeditor pošiljatelj pošiljalec šalje saatja από desde"""
_SENT = """sent date gesendet datum envoyé envoyée enviado enviada enviat fecha data verzonden inviato skickat sendt dato wysłane wysłano
 odesláno odoslané lähetetty elküldve küldve дата отправлено надіслано 发送时间 发送日期 日期 時間 寄件日期 傳送日期 传送时间 时间
 送信日時 送信 日付 보낸날짜 날짜 dikirim terkirim tanggal waktu tarih gönderme gönderildi נשלח تاريخ تم التاريخ päiväys pvm dátum
 ngày đã วันที่ ส่งเมื่อ ημερομηνία στάλθηκε trimis poslano datums kuupäev"""
_TO = """to an à a para aan til till do komu dla кому 收件人 宛先 收信人 받는사람 수신 받는 kepada kpd kime alıcı destinatario destinataire
 vastaanottaja címzett אל إلى đến ถึง către za prima προς untuk"""
_CC = "cc kopie copie copia cópia kopia kopi копия 抄送 副本 抄送人 참조 tembusan bilgi עותק نسخة bcc"
_SUBJECT = """subject betreff objet asunto assunto oggetto onderwerp ämne emne temat předmět predmet aihe otsikko tárgy тема 主题 主題 主旨
 件名 제목 subjek perihal judul konu נושא الموضوع tiêu เรื่อง subiect θέμα teema objekt assunt"""
_REPLY_TO = "reply-to antwort-an risposta organization importance prioritas wichtigkeit attachments lampiran 附件"


def _label(category: str, words: str) -> str:
    return f"(?P<{category}>" + "|".join(sorted(map(re.escape, words.split()), key=len, reverse=True)) + ")"


LABEL = re.compile(
    r"^[\s>*_|]{0,12}(?:"
    + "|".join(
        _label(category, words)
        for category, words in (
            ("sent", _SENT), ("subject", _SUBJECT), ("sender", _FROM), ("to", _TO), ("cc", _CC), ("more", _REPLY_TO),
        )
    )
    + r")(?:\s(?:사람|날짜|tarihi|đề|gửi|on|at|el|am|le|em|il|op|den|kl|no|pe|time|pada|الإرسال|da|av|af|по|от))?[\s*_\u200e\u200f]{0,4}(?:[:：](?!//)|\|(?=\s))[*_]{0,2}(?=\s|[\w<\"'\[(*@&]|$)",
    re.IGNORECASE,
)  # fmt: skip
"""A line of a quoted header; the group that matched names its kind."""

VERB = re.compile(
    r"""\b(?:wrote|writes|written|said|sent|schrieb\w{0,3}|geschrieben|a\sécrit|écrit|a\secrit|escribi[óo]|escreveu|escrito|ha\sscritto|scritto|scrisse
    |schreef|geschreven|skrev|skrev:|napsala?|napísala?|napisa[łl]a?|pisze|kirjoitti|írta|[íi]rt|a\sscris|escrigué|va\sescriure|idatzi\w{0,4}|scríobh
    |написала?|написал\(а\)|пишет|пише|написав|написа|yazdı|yazm[ıi]ş|menulis|menuliskan|tulis|napisao|napisala|je\snapisao|rašė|kirjutas|rakstīja
    |quoting|zitat\svon|citando\sa|viết|đã\sviết|έγραψε|skrifaði|wrote\son|heeft\sgeschreven|het\svolgende\sgeschreven|schreef\shet\svolgende)\b
    |写道|寫道|写到|寫到|撰写|的信件|书写|书[：:]|のメール|書きました|は書|写了|さん[：:]|寫了|님이|작성|작성한|썼습니다|쓴\s글|כתב|כתבה|مكتب|كتب|كتبت|เขียน|ได้เขียน""",
    re.IGNORECASE | re.VERBOSE,
)
START = re.compile(
    r"""^[\s>*_"'(\[-]{0,12}(?:(?:on|am|le|el|em|a\s(?:les?|la)|il|in\sdata|op|den|d\.|dne|dňa|w\sdniu|dnia|в|на|pada|tanggal|vào|lúc|στις|la\sdata|pe|ke|
    il\sgiorno|em\s|in\sa\smessage|de|från|fra|på|date|datum|ngày|ในวันที่|วันที่|bei|um|quoting|citando|zitat|citeren|från|ב-|בתאריך|في)[\s:,]
    |在|于|於|[0-9]{1,4}\s?[./年:-]\s?[0-9]{1,2}|(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|seg|ter|qua|qui|sex
    |пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|senin|selasa|rabu|kamis|jumat|sabtu|minggu)\w{0,8}[.,]?\s
    |[0-9]{1,2}\.?\s\w{2,12}\.?,?\s[0-9]{4}|\w{2,12}[.,]{0,2}\s[0-9]{1,2}\.?\s\w{2,12}\.?,?\s[0-9]{4}|[0-9]{1,2}\s?(?:월|月))""",
    re.IGNORECASE | re.VERBOSE,
)
WITHIN = re.compile(
    r"(?<=[\s.,!?;:)\-\w])(?=(?:-{2,5}\s?)?(?:On|Am|Le|El|Em|Il|Op|Pada|Den|Dnia)\s(?:\w{2,12}[.,]{0,2}\s){0,2}\d{1,4}[\s./,-]|在\s?\d{4}|On\s\w{3,9},?\s\w{3,9}\s\d)"
)
"""Where an introduction begins behind text on the same line."""
SIGN_OFF = re.compile(
    r"^\W{0,3}(?:(?:best|kind|warm)?\s?(?:regards|wishes)|thanks|thank\syou|cheers|sincerely|yours|best|mit\s(?:freundlich|besten)|viele\sgr|beste\sgr|cordialement|bien\s"
    r"cordialement|saludos|un\ssaludo|atenciosamente|att|cordiali|distinti|met\svriendelijke|groet|salam|hormat|terima\skasih|pozdrawiam|s\spozdravem|с\sуважением"
    r"|此致|谢谢|祝好|顺颂|敬具|よろしく)",
    re.IGNORECASE,
)
DATE = re.compile(
    r"\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{2,4}|\b\d{1,2}[:.h]\d{2}\b|\b(?:19|20)\d\d\b|\d{1,4}年|\d{1,2}월|\b\d{1,2}[- ][A-Za-z]{3,9}[- .]"
)
SEPARATOR = re.compile(
    r"""^[\s>*|]{0,12}[-_=—–*~]{2,60}\s{0,6}(?P<words>(?:original|forwarded|reply|replied|urspr\S{0,4}ngliche|weitergeleitete|message\s(?:d['’]origine|transf|original|initial)
    |mensaje\s(?:original|reenviado)|mensagem\s(?:original|encaminhada)|messaggio\s(?:originale|inoltrato)|oorspronkelijk|doorgestuurd|origineel
    |ursprungligt|oprindelig|opprinnelig|videresendt|vidarebefordrat|alkuperäinen|edelleenlähetetty|wiadomość\s(?:oryginalna|przekazana)|oryginalna|przekazana
    |p[ůu]vodn[íi]|přeposlaná|исходное|оригинальное|пересылаемое|перенаправленное|пересланное|початкове|originele|eredeti|továbbított|mesaj(?:ul)?\s(?:original|orijinal)
    |orijinal|iletilen|pesan\s(?:asli|terusan|diteruskan|yang\sditeruskan|semula)|原始(?:邮件|郵件|信息)|原邮件|原郵件|转发(?:的)?(?:邮件|信件)|轉寄(?:的)?(?:郵件|信件)|转发邮件信息|轉寄郵件
    |回复的?原?邮件|回覆的?郵件|引用|元のメッセージ|転送|元のメール|original-?nachricht|원본|전달된|הודעה|الرسالة|رسالة|thư\sgốc|ข้อความต้นฉบับ|αρχικό)
    [^\n]{0,60}?)\s{0,6}[-_=—–*~]{2,60}[\s*]{0,4}$""",
    re.IGNORECASE | re.VERBOSE,
)
BEGIN_FORWARD = re.compile(
    r"^[\s>]{0,8}(?:begin forwarded message|anfang der weitergeleiteten|début du message (?:réexpédié|transféré)|inizio messaggio inoltrato|inicio del mensaje"
    r"|início da mensagem|begin doorgestuurd|vidarebefordrat brev|videresendt|начало переадресованного|开始转发的邮件|下面是被转发的邮件|開始轉寄郵件|転送されたメッセージ|mulai pesan terusan)",
    re.IGNORECASE,
)
ABOVE = re.compile(
    r"(?:reply|respond|type|write|antwort\w{0,4}|répon\w{0,4}|balas\w{0,4}|jawab\w{0,4})[^\n]{0,40}(?:above|oberhalb|au-dessus|di\satas)[^\n]{0,20}(?:line|linie|ligne|garis|baris)"
    r"|请在(?:此|这)(?:行|线)(?:以)?上(?:方)?回复|reply\sABOVE",
    re.IGNORECASE,
)
SENT_FROM = re.compile(
    r"""^[\s>*_\[({-]{0,6}(?:
    (?:sent|send|posted|composed|mailed)\s(?:with\s\w{1,20}\s)?(?:from|via|with|using|by)\s.{2,80}
    |get\s(?:the\s)?(?:outlook|yahoo|bluemail|the\snew)\b.{0,60}|sent\sfrom\b.{0,80}|.{0,30}yahoo\smail.{0,60}(?:android|iphone|android|search|organi|simplif).{0,60}
    |(?:von|aus)\s(?:mein\w{0,3}|outlook|yahoo|unterwegs|samsung|der|gmx|web\.de|meinem)\b.{0,60}(?:gesendet|verschickt)?.{0,20}|gesendet\s(?:von|mit|aus)\s.{2,60}|diese\snachricht\swurde\svon\smeinem.{0,80}
    |envoy[ée]e?\s(?:de|depuis|à\spartir|par|via|avec)\b.{2,60}|télécharger\soutlook.{0,40}|obten(?:er|ha|ga)\soutlook.{0,40}
    |enviad[oa]\s(?:desde|do|da|de|pelo|con|a\spartir|via|meu)\b.{2,60}|inviat[oa]\s(?:da|dal|con|tramite)\b.{2,60}|scarica\soutlook.{0,40}|ottieni\soutlook.{0,40}
    |verzonden\s(?:vanaf|met|via|van|vanuit|door)\b.{2,60}|verstuurd\s(?:vanaf|met|via|van)\b.{2,60}|skickat\s(?:från|fran|med)\b.{2,60}|skickades\sfrån.{2,60}|sendt\s(?:fra|med|via)\b.{2,60}|hent\soutlook.{0,40}
    |wysłan[eoay]\s(?:z|za|przy|przez)\b.{2,60}|odesl[aá]no\s(?:z|ze|pomoc)\b.{2,60}|odoslan[ée]\s(?:z|zo)\b.{2,60}|lähetetty\s.{2,60}|küldve\s.{2,60}|trimis\s(?:de|din)\b.{2,60}
    |отправлено\s(?:с|из|от)\b.{2,60}|(?:надіслано|відправлено)\s(?:з|із)\b.{2,60}|послано\sс.{2,60}|dikirim\s(?:dari|dengan|menggunakan|melalui)\b.{2,80}|terkirim\sdari.{2,60}|dapatkan\soutlook.{0,40}
    |.{0,20}(?:iphone|ipad|android|samsung|huawei|xiaomi|telefon)\S{0,12}\s?(?:'?den|'?dan|'?dən|ımdan)\s(?:gönderildi|gönderilmiştir).{0,20}
    |[发發]自(?:我的)?.{1,40}|從我的.{1,30}(?:傳送|寄出|發送)|从我的.{1,30}发(?:送|出)|来自.{0,30}(?:手机|邮箱|iphone|客户端|qq邮箱|网易|outlook|android).{0,20}|傳送自.{1,40}|寄自.{1,40}|獲取.{0,20}outlook.{0,20}|获取.{0,20}outlook.{0,20}
    |.{0,10}(?:iphone|ipad|スマートフォン|android|携帯)\S{0,6}から送信.{0,10}|.{0,20}에서\s보냄.{0,10}|나의\s.{2,20}에서.{0,20}|נשלח\sמ.{2,40}|نُ?شرت\sمن.{2,40}|στάλθηκε\sαπό.{2,40}|أ?ُ?رسل(?:ت)?\sمن.{2,40}|تم\sالإرسال\sمن.{2,40}|gửi\stừ\s.{2,40}|ส่งจาก.{2,40}
    |(?:from\smy|excuse|please\sexcuse|pardon)\s.{0,40}(?:iphone|android|blackberry|phone|mobile|typos|brevity|handheld).{0,80}
    |.{0,40}(?:my\siphone|my\sipad|my\sandroid|blackberry|my\swindows\sphone).{0,40}
    )[\s\])}.!-]{0,6}$""",
    re.IGNORECASE | re.VERBOSE,
)
