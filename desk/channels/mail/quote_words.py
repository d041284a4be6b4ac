"""The words with which mail clients introduce what they quote, in the languages that they speak."""

from __future__ import annotations

import re

_FROM = """
    from von de da van fra från od lähettäjä feladó от від 发件人 寄件者 寄件人 差出人 送信者 보낸사람 보낸 발신
    dari pengirim     kimden gönderen expéditeur remitente remetente mittente afzender avsändare afsender nadawca
    odesílatel odosielateľ отправитель відправник şuradan מאת من từ จาก expeditor pošiljatelj pošiljalec
    šalje saatja από desde 发送者 發件人 寄件人 发信人 發信人 mittent siuntë nuo no frá saatja
"""
_SENT = """
    sent date gesendet datum envoyé envoyée enviado enviada enviat fecha data verzonden inviato skickat
    sendt dato wysłane wysłano odesláno odoslané lähetetty elküldve küldve дата отправлено надіслано
    发送时间 发送日期 日期 時間 寄件日期 傳送日期 传送时间 时间 送信日時 送信 日付 보낸날짜 날짜
    dikirim terkirim tanggal waktu tarih gönderme
    gönderildi נשלח تاريخ تم التاريخ päiväys pvm dátum ngày đã วันที่ ส่งเมื่อ ημερομηνία στάλθηκε
    trimis poslano datums kuupäev изпратено enviat sendtime išsiųsta nosūtīts saadetud 發送時間 發送日期 发送于
    寄件時間 寄送時間 發信日期 发信时间 送信時刻 受信日時 보낸시간 पर भेजा
"""
_TO = """
    to an à a para aan til till do komu dla кому 收件人 宛先 收信人 받는사람 수신 받는 kepada kpd kime alıcı
    收件者 收信者 發送至 до către kam gavėjas saaja
    destinatario destinataire adresat saaja mottagare modtager pour vastaanottaja címzett אל إلى đến ถึง către
    za prima προς untuk
"""
_CC = """
    cc 抄送至 抄送者 kc ccn cci dw
    kopie copie copia cópia kopia kopi копия 抄送 副本 抄送人 참조 tembusan bilgi עותק نسخة bcc
"""
_SUBJECT = """
    subject betreff objet asunto assunto oggetto onderwerp ämne emne temat předmět predmet aihe otsikko
    tárgy тема 主题 主題 主旨 件名 제목 subjek perihal judul konu נושא الموضوع tiêu เรื่อง subiect θέμα teema
    objekt assunt assumpte относно sujet ogg 主题 題名 标题 標題 betr zadeva naslov tēma pealkiri
"""
_REPLY_TO = """
    reply-to reply antwort-an risposta organization importance prioritas wichtigkeit attachments lampiran 附件
"""


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
    + r")"
    r"(?:\s(?:사람|날짜|시간|tarihi|đề|gửi|la|a|à|do|on|at|el|am|le|em|il|op|den|kl|no|pe|time|pada|الإرسال|da|av|af|по|от))?"
    r"[\s*_\u200e\u200f]{0,4}(?:[:：](?!//)|\|(?=\s))[*_]{0,2}(?=\s|[\w<\"'\[(*@&]|$)",
    re.IGNORECASE,
)  # fmt: skip
"""A line of a quoted header; the group that matched names its kind."""

VERB = re.compile(
    r"""\b(?:wrote|writes|written|said|sent|schrieb\w{0,3}|geschrieben|a\sécrit|écrit|a\secrit|escribi[óo]|escreveu
    |escrito|ha\sscritto|scritto|scrisse
    |schreef|geschreven|skrev|skrev:|napsala?|napísala?|napisa[łl]a?|pisze|kirjoitti|írta|[íi]rt|a\sscris|escrigué
    |va\sescriure|idatzi\w{0,4}|scríobh
    |написала?|написал\(а\)|пишет|пише|написав|написа|yazdı|yazm[ıi]ş|menulis|menuliskan|tulis|napisao|napisala
    |je\snapisao|rašė|kirjutas|rakstīja
    |says|sagte|писала?|писал\(а\)|писали|написао(?:/ла)?|sinulat\sni|dixit|escribía|bericht\svan|missatge\sde
    |quoting|zitat\svon|citando\sa|viết|đã\sviết|έγραψε|skrifaði|wrote\son|heeft\sgeschreven
    |het\svolgende\sgeschreven|schreef\shet\svolgende)\b
    |ने\sलिखा|نوشت|写于|寫於|写道|寫道|写到|寫到|撰写|的信件|书写|书[：:]|のメール|書きました|は書|写了|さん[：:]|寫了|님이|작성|작성한|썼습니다|쓴\s글|כתב|כתבה|مكتب|كتب|كتبت|เขียน
    |ได้เขียน""",
    re.IGNORECASE | re.VERBOSE,
)
START = re.compile(
    r"""^[\s>*_"'(\[-]{0,12}(?:(?:on|am|le|el|em|a\s(?:les?|la)|il|in\sdata|op|den|d\.|dne|dňa|w\sdniu|dnia|в|на
    |in\s(?:article|message|news)|вы\sписали|þann|noong|у|dana|در|missatge
    |pada|tanggal|vào|lúc|στις|la\sdata|pe|ke|
    il\sgiorno|em\s|in\sa\smessage|de|från|fra|på|date|datum|ngày|ในวันที่|วันที่|bei|um|quoting|citando|zitat
    |citeren|från|ב-|בתאריך|في)[\s:,]
    |在|于|於|[0-9]{1,4}\s?[./年:-]\s?[0-9]{1,2}|(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu
    |ven|sam|dim|seg|ter|qua|qui|sex
    |пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|senin|selasa|rabu|kamis
    |jumat|sabtu|minggu)\w{0,8}[.,]?\s
    |[0-9]{1,2}\.?\s\w{2,12}\.?,?\s[0-9]{4}|\w{2,12}[.,]{0,2}\s[0-9]{1,2}\.?\s\w{2,12}\.?,?\s[0-9]{4}
    |[0-9]{1,2}\s?(?:월|月))""",
    re.IGNORECASE | re.VERBOSE,
)
WITHIN = re.compile(
    r"(?<=[\s.,!?;:)\-\w])(?=(?:-{2,5}\s?)?(?:On|Am|Le|El|Em|Il|Op|Pada|Den"
    r"|Dnia)\s(?:\w{2,12}[.,]{0,2}\s){0,2}\d{1,4}[\s./,-]|在\s?\d{4}|On\s\w{3,9},?\s\w{3,9}\s\d)"
)
"""Where an introduction begins behind text on the same line."""
DATE = re.compile(
    r"\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{2,4}|\b\d{1,2}[:.h]\d{2}\b|\b(?:19|20)\d\d\b|\d{1,4}年|\d{1,2}월"
    r"|\b\d{1,2}[- ][A-Za-z]{3,9}[- .]"
)
SEPARATOR = re.compile(
    r"""^[\s>*|]{0,12}[-_=—–*~]{2,60}\s{0,6}(?P<words>(?:original|forwarded|reply|replied|urspr\S{0,4}ngliche
    |weitergeleitete|message\s(?:d['’]origine|transf|original|initial)
    |mensaje\s(?:original|reenviado)|mensagem\s(?:original|encaminhada)|messaggio\s(?:originale|inoltrato)
    |oorspronkelijk|doorgestuurd|origineel
    |ursprungligt|oprindelig|opprinnelig|videresendt|vidarebefordrat|alkuperäinen|edelleenlähetetty
    |wiadomość\s(?:oryginalna|przekazana)|oryginalna|przekazana
    |p[ůu]vodn[íi]|přeposlaná|исходное|оригинальное|пересылаемое|перенаправленное|пересланное|початкове|originele
    |eredeti|továbbított|mesaj(?:ul)?\s(?:original|orijinal)
    |orijinal|iletilen|pesan\s(?:asli|terusan|diteruskan|yang\sditeruskan|semula)|原(?:始|来|來)?的?(?:邮件|郵件|信件|信息|消息|訊息)|(?:邮件|郵件)原件
    |original|originalus|izvorna|izvirno|algne|sākotnēj
    |转发(?:的)?(?:邮件|信件)|轉寄(?:的)?(?:郵件|信件)|转发邮件信息|轉寄郵件
    |回复的?原?邮件|回覆的?郵件|引用|元のメッセージ|転送|元のメール|original-?nachricht|원본|전달된|הודעה|الرسالة|رسالة|thư\sgốc|ข้อความต้นฉบับ
    |αρχικό)
    [^\n]{0,60}?)\s{0,6}[-_=—–*~]{2,60}[\s*]{0,4}(?:$|(?=[^\W\d_][^\n:：]{0,20}[:：]\s))""",
    re.IGNORECASE | re.VERBOSE,
)
WORDED_RULE = re.compile(r"^[\s>*]{0,6}[-_=]{3,60}\s{0,3}[^\W\d_][^\n_=-]{2,60}[-_=]{3,60}\s{0,4}$")
"""A rule with words in it, in whatever language; it introduces a quote where a header follows."""
HEADER_LINE = re.compile(r"^[\s>*_|]{0,8}[^\W\d_][^\n:：<@]{0,24}[:：][*_]{0,2}\s?(?P<value>\S[^\n]{0,300})")
SENDER_VALUE = re.compile(r"^[^\n<\[]{0,120}(?:<|\[mailto:)[^\s<>@]{1,64}@[^\s<>@]{1,190}[>\]]")
MOMENT = re.compile(r"\d{1,2}\s?[:.h時点]\s?\d{2}\b")
OWN_WORDS = re.compile(
    r"\bI\b(?!\s(?:made|gede|wayan|nyoman|ketut|putu|komang|kadek|gusti|dewa|nengah|gst|wyn)\b)"
    r"|\b(?:we|saya|aku|gue|kami|ich|wir|je|j'ai|nous|yo|eu|ik|jag|jeg|я|мы)\b|我",
    re.IGNORECASE,
)
"""The writer speaks; what follows is the writer's own, except where it is marked as a quote (I Made is a name)."""
BEGIN_FORWARD = re.compile(
    r"^[\s>]{0,8}(?:begin forwarded message|anfang der weitergeleiteten|début du message (?:réexpédié"
    r"|transféré)|inizio messaggio inoltrato|inicio del mensaje"
    r"|início da mensagem|begin doorgestuurd|vidarebefordrat brev|videresendt|начало переадресованного|开始转发的邮件"
    r"|下面是被转发的邮件|開始轉寄郵件|転送されたメッセージ|mulai pesan terusan)",
    re.IGNORECASE,
)
ABOVE = re.compile(
    r"^[\s>]{0,6}(?:[#=*_-]{2,60}\s{0,3}|(?=.{0,60}$))"
    r"(?:please\s|bitte\s|mohon\s|silakan\s|请|請)?(?:(?:reply|respond|type|write|antwort"
    r"|répon|balas|jawab|responda|escriba|rispond|odpowiedz)[^\n]{0,40}(?:above|oberhalb|über|au-dessus|di\satas"
    r"|encima|acima|sopra|powyżej)[^\n]{0,20}(?:line|linie|zeile|ligne|garis|baris|línea|linha|riga|linii)"
    r"|在(?:此|这|這)(?:行|线|線)(?:以)?上(?:方)?回[复覆])",
    re.IGNORECASE,
)
