"""The words of the merchant's page in three languages; `{amount}` and `{at}` are filled in."""

from __future__ import annotations

from dataclasses import dataclass

from db.kinds import Language
from db.kinds_refunds import LinkStatus, MerchantAnswer

A, S = MerchantAnswer, LinkStatus


@dataclass(frozen=True, slots=True)
class MerchantWords:
    """All that the page says in one language."""

    title: str
    intro: str
    asked: str
    paid: str
    paid_at: str
    reference: str
    merchant: str
    reason: str
    deadline: str
    files: str
    asked_us: str
    answered: str
    once: str
    open: dict[MerchantAnswer, str]
    """The headings of the answers."""
    part: str
    button: dict[MerchantAnswer, str]
    part_button: str
    amount: str
    amount_hint: str
    said: dict[MerchantAnswer, str]
    """The label of what is written with an answer."""
    upload: str
    done: dict[MerchantAnswer, str]
    done_title: str
    status: dict[LinkStatus, str]
    status_title: dict[LinkStatus, str]
    was: dict[MerchantAnswer, str]
    """What was answered, for who comes second."""
    forged_title: str
    forged: str
    lacks: dict[MerchantAnswer, str]
    bad_amount: str
    too_large: str
    choose_again: str
    wrong: str
    busy_title: str
    busy: str
    busy_reading: str
    again: str


MERCHANT_WORDS = {
    Language.INDONESIAN: MerchantWords(
        title="Permintaan pengembalian dana",
        intro="Seorang pelanggan meminta pengembalian dana atas pembayaran kepada Anda. Mohon periksa dan jawab.",
        asked="Jumlah yang diminta",
        paid="Jumlah yang dibayar",
        paid_at="Tanggal transaksi",
        reference="Nomor referensi",
        merchant="Penjual",
        reason="Alasan",
        deadline="Jawab paling lambat",
        files="Bukti dari pelanggan",
        asked_us="Pertanyaan Anda",
        answered="Jawaban kami",
        once="Anda dapat menjawab satu kali. Setelah batas waktu, tim kami yang memutuskan.",
        open={
            A.APPROVE: "Setujui seluruhnya",
            A.DECLINE: "Tolak",
            A.ASK: "Ajukan pertanyaan",
            A.ALREADY_PAID: "Kami sudah mengembalikan dananya",
        },
        part="Setujui sebagian",
        button={
            A.APPROVE: "Setujui {amount}",
            A.DECLINE: "Kirim penolakan",
            A.ASK: "Kirim pertanyaan",
            A.ALREADY_PAID: "Kirim",
        },
        part_button="Setujui jumlah ini",
        amount="Jumlah yang Anda setujui",
        amount_hint="Paling banyak {amount}",
        said={
            A.APPROVE: "Catatan untuk kami (boleh kosong)",
            A.DECLINE: "Alasan Anda (pelanggan membacanya)",
            A.ASK: "Pertanyaan Anda kepada tim kami",
            A.ALREADY_PAID: "Kapan, dan nomor referensi pengembaliannya (boleh kosong)",
        },
        upload="Berkas, misalnya bukti pengiriman (boleh kosong; paling banyak 3 berkas, bersama 10 MB)",
        done={
            A.APPROVE: "Anda menyetujui pengembalian dana sebesar {amount}. Kami yang membayarkannya kepada pelanggan.",
            A.DECLINE: "Anda menolak pengembalian dana ini. Kami menyampaikan alasan Anda kepada pelanggan.",
            A.ASK: "Pertanyaan Anda sudah kami terima. Kami menjawabnya dengan pesan dan tautan baru.",
            A.ALREADY_PAID: "Anda menyatakan sudah mengembalikan dananya. Kami memeriksanya dahulu.",
        },
        done_title="Terima kasih atas jawaban Anda",
        status={
            S.OPEN: "",
            S.USED: "Jawaban pertama yang berlaku; tidak ada yang diubah.",
            S.EXPIRED: "Batas waktu untuk menjawab sudah lewat, dan tim kami yang memutuskan. Untuk menyampaikan "
            "sesuatu, balas pesan kami.",
            S.REPLACED: "Tautan ini sudah diganti. Gunakan tautan dalam pesan kami yang terbaru.",
            S.OVER: "Permintaan ini sudah tidak memerlukan jawaban Anda. Anda tidak perlu melakukan apa pun.",
        },
        status_title={
            S.OPEN: "",
            S.USED: "Sudah dijawab",
            S.EXPIRED: "Batas waktu sudah lewat",
            S.REPLACED: "Tautan lama",
            S.OVER: "Tidak perlu dijawab lagi",
        },
        was={
            A.APPROVE: "Disetujui pada {at}: {amount}.",
            A.DECLINE: "Ditolak pada {at}.",
            A.ASK: "Sebuah pertanyaan dikirim pada {at}; kami menjawabnya dengan pesan dan tautan baru.",
            A.ALREADY_PAID: "Pada {at} dinyatakan bahwa dananya sudah dikembalikan.",
        },
        forged_title="Tautan tidak berlaku",
        forged="Tautan ini bukan dari kami, atau tidak lengkap. Buka tautan dalam pesan kami yang terbaru.",
        lacks={
            A.APPROVE: "",
            A.DECLINE: "Tuliskan alasan Anda: pelanggan membacanya.",
            A.ASK: "Tuliskan pertanyaan Anda.",
            A.ALREADY_PAID: "",
        },
        bad_amount="Tuliskan jumlah seperti 150.000, paling banyak {amount}.",
        too_large="Berkasnya terlalu besar atau terlalu banyak: paling banyak 3 berkas, bersama 10 MB.",
        choose_again="Pilih berkas Anda sekali lagi.",
        wrong="Jawaban ini tidak dapat dibaca. Silakan pilih lagi di bawah.",
        busy_title="Silakan coba lagi",
        busy="Sistem kami sedang sibuk. Jawaban Anda belum tersimpan, dan yang Anda tulis masih ada di halaman ini. "
        "Coba lagi sebentar lagi.",
        busy_reading="Halaman ini tidak dapat dibaca saat ini. Coba lagi sebentar lagi.",
        again="Coba lagi",
    ),
    Language.ENGLISH: MerchantWords(
        title="Refund request",
        intro="A customer asks for a refund of a payment to you. Please check it and answer.",
        asked="Amount asked for",
        paid="Amount paid",
        paid_at="Date of the transaction",
        reference="Reference",
        merchant="Merchant",
        reason="Reason",
        deadline="Please answer by",
        files="Evidence from the customer",
        asked_us="Your question",
        answered="Our answer",
        once="You can answer once. After the deadline our own team decides.",
        open={
            A.APPROVE: "Approve in full",
            A.DECLINE: "Decline",
            A.ASK: "Ask a question",
            A.ALREADY_PAID: "We have paid it back already",
        },
        part="Approve in part",
        button={
            A.APPROVE: "Approve {amount}",
            A.DECLINE: "Send the refusal",
            A.ASK: "Send the question",
            A.ALREADY_PAID: "Send",
        },
        part_button="Approve this amount",
        amount="The amount that you approve",
        amount_hint="At most {amount}",
        said={
            A.APPROVE: "A remark for us (may be empty)",
            A.DECLINE: "Your reason (the customer reads it)",
            A.ASK: "Your question to our team",
            A.ALREADY_PAID: "When, and the reference of your repayment (may be empty)",
        },
        upload="Files, such as proof of delivery (optional; at most 3, of 10 MB together)",
        done={
            A.APPROVE: "You have approved a refund of {amount}. We pay it to the customer.",
            A.DECLINE: "You have declined this refund. We pass your reason on to the customer.",
            A.ASK: "We have your question. We answer it by a message with a new link.",
            A.ALREADY_PAID: "You have told us that you have paid it back already. We check that first.",
        },
        done_title="Thank you for your answer",
        status={
            S.OPEN: "",
            S.USED: "The first answer stands; nothing was changed.",
            S.EXPIRED: "The time to answer is over, and our own team decides. Answer our message to tell us something.",
            S.REPLACED: "This link was replaced. Use the one in our latest message.",
            S.OVER: "This request does not need your answer any more. There is nothing for you to do.",
        },
        status_title={
            S.OPEN: "",
            S.USED: "Answered already",
            S.EXPIRED: "The time is over",
            S.REPLACED: "An old link",
            S.OVER: "No answer needed any more",
        },
        was={
            A.APPROVE: "Approved on {at}: {amount}.",
            A.DECLINE: "Declined on {at}.",
            A.ASK: "A question was sent on {at}; we answer it by a message with a new link.",
            A.ALREADY_PAID: "On {at} we were told that it had been paid back already.",
        },
        forged_title="This link is not valid",
        forged="This link is not ours, or a part of it is missing. Open the one in our latest message.",
        lacks={
            A.APPROVE: "",
            A.DECLINE: "Write your reason: the customer reads it.",
            A.ASK: "Write your question.",
            A.ALREADY_PAID: "",
        },
        bad_amount="Write an amount such as 150,000, at most {amount}.",
        too_large="The files are too large or too many: at most 3, of 10 MB together.",
        choose_again="Please choose your files once more.",
        wrong="This answer cannot be read. Please choose again below.",
        busy_title="Please try again",
        busy="Our system is busy. Your answer is not stored yet, and what you wrote is still on this page. "
        "Try again in a moment.",
        busy_reading="This page cannot be read just now. Try again in a moment.",
        again="Try again",
    ),
    Language.CHINESE: MerchantWords(
        title="退款申请",
        intro="一位客户申请退还向您支付的款项。请核对并答复。",
        asked="申请金额",
        paid="支付金额",
        paid_at="交易日期",
        reference="编号",
        merchant="商家",
        reason="理由",
        deadline="请于此前答复",
        files="客户提供的凭证",
        asked_us="您的问题",
        answered="我们的答复",
        once="您只能答复一次。超过期限后由我们的团队决定。",
        open={
            A.APPROVE: "同意全额退款",
            A.DECLINE: "拒绝",
            A.ASK: "提问",
            A.ALREADY_PAID: "我们已经退款",
        },
        part="同意部分退款",
        button={
            A.APPROVE: "同意退款 {amount}",
            A.DECLINE: "提交拒绝",
            A.ASK: "提交问题",
            A.ALREADY_PAID: "提交",
        },
        part_button="同意此金额",
        amount="您同意的金额",
        amount_hint="最多 {amount}",
        said={
            A.APPROVE: "给我们的备注（可不填）",
            A.DECLINE: "您的理由（客户会看到）",
            A.ASK: "您想问我们团队的问题",
            A.ALREADY_PAID: "退款时间和编号（可不填）",
        },
        upload="文件，例如送货凭证（可不选；最多 3 个，合计 10 MB）",
        done={
            A.APPROVE: "您已同意退款 {amount}，由我们支付给客户。",
            A.DECLINE: "您已拒绝此退款。我们会把您的理由转告客户。",
            A.ASK: "我们已收到您的问题，会以附有新链接的消息答复您。",
            A.ALREADY_PAID: "您表示已经退款。我们会先核实。",
        },
        done_title="感谢您的答复",
        status={
            S.OPEN: "",
            S.USED: "以第一次答复为准，未作任何更改。",
            S.EXPIRED: "答复期限已过，由我们的团队决定。如有说明，请回复我们的消息。",
            S.REPLACED: "此链接已被替换。请使用我们最新消息中的链接。",
            S.OVER: "此申请不再需要您答复，您无需操作。",
        },
        status_title={
            S.OPEN: "",
            S.USED: "已经答复",
            S.EXPIRED: "期限已过",
            S.REPLACED: "旧链接",
            S.OVER: "无需再答复",
        },
        was={
            A.APPROVE: "已于 {at} 同意：{amount}。",
            A.DECLINE: "已于 {at} 拒绝。",
            A.ASK: "已于 {at} 提出问题；我们会以附有新链接的消息答复。",
            A.ALREADY_PAID: "已于 {at} 告知我们款项已退还。",
        },
        forged_title="链接无效",
        forged="此链接不是我们的，或不完整。请打开我们最新消息中的链接。",
        lacks={
            A.APPROVE: "",
            A.DECLINE: "请写明理由：客户会看到。",
            A.ASK: "请写下您的问题。",
            A.ALREADY_PAID: "",
        },
        bad_amount="请填写金额，例如 150,000，最多 {amount}。",
        too_large="文件太大或太多：最多 3 个，合计 10 MB。",
        choose_again="请重新选择文件。",
        wrong="无法读取此答复，请在下面重新选择。",
        busy_title="请再试一次",
        busy="系统繁忙，您的答复尚未保存，您填写的内容仍在此页面上。请稍后再试。",
        busy_reading="暂时无法读取此页面，请稍后再试。",
        again="再试一次",
    ),
}
