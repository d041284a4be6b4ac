"""The words with which people and their telephones end a message."""

from __future__ import annotations

import re

SIGN_OFF = re.compile(
    r"^\W{0,3}(?:(?:best|kind|warm)?\s?(?:regards|wishes)|thanks|thank\syou|cheers|sincerely|yours|best"
    r"|mit\s(?:freundlich|besten)|viele\sgr|beste\sgr|lg\b|mfg\b|cordialement|bien\s(?:cordialement|à\svous)"
    r"|saludos|un\ssaludo|atenciosamente|att|abraços|cordiali|distinti|saluti|met\svriendelijke|groet|salam"
    r"|hormat|terima\skasih|makasih|pozdrawiam|s\spozdravem|с\sуважением|med\svänlig|(?:med\s)?venlig\shilsen"
    r"|mvh\b|ystävällisin|saygılar|üdvözlettel|trân\strọng"
    r"|此致|谢谢|謝謝|祝好|顺颂|敬具|よろしく|감사합니다)",
    re.IGNORECASE,
)
_DEVICES = """
    iphone ipad ipod apple ios android samsung galaxy huawei honor xiaomi redmi poco oppo vivo realme oneplus nokia
    motorola moto lenovo sony xperia htc lg blackberry pixel nexus windows outlook hotmail yahoo ymail aol gmail
    googlemail mail e-mail email emails correo courrier posta poczty poczta pošta почт почта mailbox inbox spark
    superhuman airmail polymail mailbird thunderbird evolution proton protonmail tutanota zoho hey edison bluemail
    nine aqua gmx web.de t-online mobile mobil móvil movil celular celulare handy handheld smartphone tablet telefon
    telefoon telefone telefono teléfono téléphone phone cellphone ponsel hp gawai telepon cerdas mobiltelefon mobiel
    mobilen mobiili puhelin телефон телефона смартфон смартфона планшета мобильного мобільного iphone'u iphonea
    smartphonu laptop macbook mac pc watch blackberry® ipad'imden điện
"""
_DEVICE = (
    r"(?:(?<!\w)(?:"
    + "|".join(sorted({re.escape(word) for word in _DEVICES.split()}, key=len, reverse=True))
    + r")(?:\w{0,2}|['’]\w{1,6})(?!\w)|(?<!\w)i(?:phon|pad)\w{0,6}"
    r"|手机|手機|邮箱|郵箱|邮件|郵件|客户端|网易|スマートフォン|携帯|メール|아이폰|안드로이드|메일"
    r"|אייפון|טלפון|هاتف|ايفون|آيفون|มือถือ)"
)
_SENT = r"""
    sent|send|posted|composed|mailed|written\son|typed\son|gesendet|verschickt|geschrieben\smit
    |diese\snachricht\swurde|von\s(?:mein\w{0,3}|unterwegs)|envoy[ée]e?|provenance|obtenu|enviad[oa]|escrito\sdesde
    |inviat[oa]|verzonden|verstuurd|gestuurd|skickat|skickades|sendt|wysłan[eoay]|odesl[aá]no|odoslan[ée]|posláno
    |lähetetty|küldve|elküldve|trimis|poslano|poslato|saadetud|išsiųsta|nosūtīts|отправлено|послано|надіслано
    |відправлено|изпратено|dikirim|terkirim|dihantar|gönderildi|gửi\stừ|đã\sgửi|ส่งจาก|στάλθηκε|απεστάλη|נשלח|מ?נשלחה
    |أ?ُ?رسل(?:ت)?|نُ?شرت|تم\sالإرسال|ارسال|enviat|bidalia
"""
_GET_IT = r"""
    get|obt(?:e[nñ]\w{0,4}|er)|t[ée]l[ée]charge[rz]|ottieni|scarica|download|holen|laden|hämta|skaffa|få|hent|hanki
    |pobierz|získ\w{2,6}|stáhn\w{2,6}|загрузит[ье]|скача\w{2,4}|получит[ье]|установит[ье]|отримат[ие]|завантаж\w{2,4}
    |dapatkan|unduh|tải|רואה|קבל|取得|[获獲]取|下[载載]|baixar
"""
SENT_FROM = re.compile(
    rf"""^[\s>*_\[({{-]{{0,6}}(?:
    (?:{_SENT})(?=\b|\s|[:：]).{{0,60}}?{_DEVICE}.{{0,100}}
    |(?:sent|composed)\s(?:with|via|using)\s\w[^.!?\d]{{1,40}}
    |sent\sfrom\s(?!.{{0,60}}\b(?:accounts?|bank|wallet|card|balance|bca|atm|branch|the)\b)[^\d,.;!?]{{2,40}}
    |(?:{_GET_IT})\s?.{{0,24}}(?:outlook|bluemail|yahoo|spark).{{0,80}}
    |outlook.{{0,30}}(?:herunterladen|beziehen|を入手|다운로드|받기|downloaden|edinin|indirin|letöltése).{{0,60}}
    |.{{0,30}}yahoo\smail.{{0,60}}(?:android|iphone|search|organi|simplif).{{0,60}}
    |.{{0,30}}{_DEVICE}.{{0,20}}(?:gönderildi|gönderilmiştir|gesendet|verschickt|verstuurd|verzonden|lähetetty|küldve
    |skickat).{{0,20}}
    |[发發]自(?:我的)?.{{1,40}}|[從从].{{1,40}}(?:傳送|寄出|[发發]送|[发發]出)|[傳寄]送?自.{{1,40}}
    |来自.{{0,30}}{_DEVICE}.{{0,20}}|.{{1,30}}から送信(?:されました)?|.{{1,30}}에서\s?(?:보냄|보냈습니다|발송|전송됨)
    |나의\s.{{2,20}}에서.{{0,20}}
    |(?:from\smy|excuse|please\sexcuse|pardon)\s.{{0,40}}(?:iphone|android|blackberry|phone|mobile|typos|brevity
    |handheld).{{0,80}}
    |(?:mohon\smaaf|maaf).{{0,30}}(?:salah\sketik|dari\sponsel).{{0,40}}
    |(?:(?:sent|via|from|by|using|typed|written|on)\s){{0,2}}(?:my\siphone|my\sipad|blackberry|my\swindows\sphone)(?:\swireless.{{0,30}})?
    )[\s\])}}.。!-]{{0,6}}(?:<https?://[^\s<>]{{1,300}}>|[\[(]\s?https?://[^\s()\[\]]{{1,300}}\s?[\])])?[\s\])}}.!-]{{0,6}}$""",
    re.IGNORECASE | re.VERBOSE,
)
"""A line that a mail program adds; what it was sent from is named, so that "Sent from my BCA account" stays."""
