"""The words with which people and their telephones end a message."""

from __future__ import annotations

import re

SIGN_OFF = re.compile(
    r"^\W{0,3}(?:(?:best|kind|warm)?\s?(?:regards|wishes)|thanks|thank\syou|cheers|sincerely|yours|best"
    r"|mit\s(?:freundlich|besten)|viele\sgr|beste\sgr|cordialement|bien\s"
    r"cordialement|saludos|un\ssaludo|atenciosamente|att|cordiali|distinti|met\svriendelijke|groet|salam"
    r"|hormat|terima\skasih|pozdrawiam|s\spozdravem|с\sуважением"
    r"|此致|谢谢|祝好|顺颂|敬具|よろしく)",
    re.IGNORECASE,
)
SENT_FROM = re.compile(
    r"""^[\s>*_\[({-]{0,6}(?:
    (?:sent|send|posted|composed|mailed)\s(?:with\s\w{1,20}\s)?(?:from|via|with|using|by)\s.{2,80}
    |get\s(?:the\s)?(?:outlook|yahoo|bluemail|the\snew)\b.{0,60}|sent\sfrom\b.{0,80}
    |.{0,30}yahoo\smail.{0,60}(?:android|iphone|android|search|organi|simplif).{0,60}
    |(?:von|aus)\s(?:mein\w{0,3}|outlook|yahoo|unterwegs|samsung|der|gmx|web\.de|meinem)\b.{0,60}(?:gesendet
    |verschickt)?.{0,20}|gesendet\s(?:von|mit|aus)\s.{2,60}|diese\snachricht\swurde\svon\smeinem.{0,80}
    |envoy[ée]e?\s(?:de|depuis|à\spartir|par|via|avec)\b.{2,60}|télécharger\soutlook.{0,40}|obten(?:er|ha
    |ga)\soutlook.{0,40}
    |enviad[oa]\s(?:desde|do|da|de|pelo|con|a\spartir|via|meu)\b.{2,60}|inviat[oa]\s(?:da|dal|con|tramite)\b.{2,60}
    |scarica\soutlook.{0,40}|ottieni\soutlook.{0,40}
    |verzonden\s(?:vanaf|met|via|van|vanuit|door)\b.{2,60}|verstuurd\s(?:vanaf|met|via|van)\b.{2,60}
    |skickat\s(?:från|fran|med)\b.{2,60}|skickades\sfrån.{2,60}|sendt\s(?:fra|med|via)\b.{2,60}|hent\soutlook.{0,40}
    |wysłan[eoay]\s(?:z|za|przy|przez)\b.{2,60}|odesl[aá]no\s(?:z|ze|pomoc)\b.{2,60}|odoslan[ée]\s(?:z|zo)\b.{2,60}
    |lähetetty\s.{2,60}|küldve\s.{2,60}|trimis\s(?:de|din)\b.{2,60}
    |отправлено\s(?:с|из|от)\b.{2,60}|(?:надіслано|відправлено)\s(?:з|із)\b.{2,60}|послано\sс.{2,60}
    |dikirim\s(?:dari|dengan|menggunakan|melalui)\b.{2,80}|terkirim\sdari.{2,60}|dapatkan\soutlook.{0,40}
    |.{0,20}(?:iphone|ipad|android|samsung|huawei|xiaomi|telefon)\S{0,12}\s?(?:'?den|'?dan|'?dən
    |ımdan)\s(?:gönderildi|gönderilmiştir).{0,20}
    |[发發]自(?:我的)?.{1,40}|從我的.{1,30}(?:傳送|寄出|發送)|从我的.{1,30}发(?:送|出)|来自.{0,30}(?:手机|邮箱|iphone|客户端|qq邮箱|网易|outlook
    |android).{0,20}|傳送自.{1,40}|寄自.{1,40}|獲取.{0,20}outlook.{0,20}|获取.{0,20}outlook.{0,20}
    |.{0,10}(?:iphone|ipad|スマートフォン|android|携帯)\S{0,6}から送信.{0,10}|.{0,20}에서\s보냄.{0,10}|나의\s.{2,20}에서.{0,20}
    |נשלח\sמ.{2,40}|نُ?شرت\sمن.{2,40}|στάλθηκε\sαπό.{2,40}|أ?ُ?رسل(?:ت)?\sمن.{2,40}|تم\sالإرسال\sمن.{2,40}
    |gửi\stừ\s.{2,40}|ส่งจาก.{2,40}
    |(?:from\smy|excuse|please\sexcuse|pardon)\s.{0,40}(?:iphone|android|blackberry|phone|mobile|typos|brevity
    |handheld).{0,80}
    |.{0,40}(?:my\siphone|my\sipad|my\sandroid|blackberry|my\swindows\sphone).{0,40}
    )[\s\])}.!-]{0,6}$""",
    re.IGNORECASE | re.VERBOSE,
)
