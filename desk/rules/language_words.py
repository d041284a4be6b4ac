"""Everyday words of languages in Latin letters, by which short texts are told apart; general knowledge, no corpus."""

from __future__ import annotations

PLAIN = {
    "id": """
        yang yg dan dengan dgn untuk utk buat dari ke di pada ini itu tidak tdk gak ga gk nggak ngga enggak
        engga kagak tak bukan belum blm belom sudah sdh udah udh dah telah akan bisa bs dapat dpt mau pengen
        ingin harus mesti boleh jangan jgn saya sy aku gue gw gua ane kamu kau lu lo anda kalian kami kita
        mereka dia ia beliau nih ni sih dong deh kok lho loh kan ya yaa yah iya iye aja saja doang juga jg lagi
        lg masih msh sangat banget bgt sekali paling lebih kurang terlalu kalo klo kalau kl jika bila supaya
        agar biar karena krn karna soalnya sebab tapi tp tetapi namun padahal malah justru atau atw seperti
        kayak kyk gimana gmn bagaimana gmana kenapa knp mengapa kapan kpn berapa brp mana dimana kemana apa
        apakah siapa kah lah pun oleh para sebuah seorang semua semuanya setiap tiap banyak sedikit dikit
        beberapa satu dua tiga empat lima enam tujuh delapan sembilan sepuluh ribu rb juta jt ratus hari jam
        menit detik minggu bulan tahun pagi siang sore malam malem sekarang skrg kemarin kmrn tadi td nanti ntar
        besok bsk kak kakak min mimin gan agan mas mbak mba pak bapak bu ibu bang bro om tante sis bosku bos
        halo hai selamat terima kasih makasih makasi mksh thx tks terimakasih tolong tlg mohon maaf maap minta
        bantu bantuan dibantu uang duit saldo pulsa kuota paket sinyal jaringan rekening akun kartu nomor nomer
        kode kirim dikirim terkirim bayar dibayar pembayaran tagihan harga mahal murah cepat cepet lambat lemot
        lelet masuk keluar gagal berhasil hilang ilang rusak salah benar bener baru lama jelek bagus baik parah
        kecewa susah gampang mudah sulit tetap ttp sama sm dalam dlm luar atas bawah depan belakang antara
        hingga sampai sampe smpe sejak selama ketika saat pas waktu setelah abis habis sebelum kembali balik
        lalu terus trs trus jadi jd menjadi adalah ialah yaitu ada adanya punya pake pakai pkai kata bilang coba
        cek lihat liat tau tahu kasih beri beli jual ambil bikin kerja jalan rumah orang hp telepon telpon
        nelpon nelfon sms pesan surat barang toko pelanggan layanan masalah gangguan keluhan lapor laporan aduan
        informasi info syarat cara gratis gratisan promo potongan potong kepotong kena tarik setor isi ngisi
        lunas cicilan pinjaman nasabah penipuan tipu ditipu blokir diblokir buka tutup daftar ganti ubah hapus
        batal dibatalkan balikin dikembalikan pengembalian segera proses diproses tunggu nunggu menunggu sabar
        emang memang mungkin pasti selalu sering kadang pernah jarang cuma cuman hanya sdg sedang suka senang
        seneng takut marah sedih kesel bosan rugi untung woi woy wkwk wkwkwk haha hehe anjing bangsat astaga
        alhamdulillah insyaallah assalamualaikum permisi mantap keren hebat oke siap monggo matur nuwun kumaha
        atuh mah ieu teu abdi ora wis iki opo piye kulo nggih mboten ngapain gitu gini begini begitu kayaknya
        katanya makanya hemat lancar kacau kampret tolol bodoh enak enakan dikit ampun aneh heran ajaib pantes
        pantesan kangen internetan hadeh hadeuh aduh waduh buset tanpa bagi tentang terhadap secara sebagai
        serta maupun maka sehingga meskipun walaupun sendiri lain lainnya kecil besar tinggi rendah kuat stabil
        nya rek tf cair cairnya pencairan tunai isi ulang kurir pesanan aplikasi aplikasinya dompet verifikasi
        ktp tiket bintang payah respon tolak ditolak cashback lupa kelupaan ketinggalan ketelen tertelan hangus
        angus sedot kesedot nyedot mulu melulu tiap lola lelet lamban ancur hancur putus nyambung konek koneksi
        jelas pdhl kmn kmana dmn bgmn smua smw sy sya ak q kuy yuk ayo hadiah menang undian pindah alamat salam
        pakde bude kakek nenek anak istri suami teman temen saudara kantor cabang teller antri antre nomernya
        pulsanya saldonya uangnya gue lu elu situ sini sana nelp telp tlp wa chatnya adminnya sampah bohong
        pembohong tanggapan ditanggapi dihubungi hubungi konfirmasi kasus selesai beres belom blum dtg datang
        kluar kyknya bbrp sblm ssdh stlh bnyk bnr smg semoga tgl bln thn rp no telkomsel indosat smartfren
        indihome gopay ovo dana linkaja tokopedia shopee bukalapak gojek byu axis tri bca bri bni mandiri
    """,
    "en": """
        the a an of and to in is are was were be been being am i i'm i've i'd i'll my me mine we our us you your
        yours he she it its they them their this that these those there here what which who whom whose when
        where why how do does did done don't doesn't didn't dont doesnt didnt isnt wasnt wont cant couldnt
        shouldnt wouldnt havent hasnt hadnt have has had haven't hasn't hadn't can can't cannot
        could couldn't would wouldn't should shouldn't will won't may might must shall not no nor for with
        without from at by on into onto about after before during until since because but or so if then than as
        while though although just only also too very really still yet again already ever never always often
        soon now today yesterday tomorrow please thanks thank hi hello hey dear sorry yes okay get gets got
        getting give given go going gone went make made makes take takes took taken need needs needed want wants
        wanted know think see seen look looking find found tell told say said says ask asked try tried trying
        keep let use used using work works working worked help helped send sent sending receive received pay
        paid paying buy bought sell sold charge charged charges fee fees money cash card cards account accounts
        bank payment payments purchase refund refunded balance transfer transferred transferring withdraw
        withdrawal deposit top-up statement transaction transactions exchange rate rates currency number code
        password phone new old lost stolen wrong right broken missing late slow fast good bad great best worst
        long short high low much many more most less few some any all both each every other another same
        different such own one two three four five first last next few day days week weeks month months year
        years hour hours time times ago people someone something anything nothing everything thing things way
        order orders service customer support app verify identity cancel cancelled change changed check checked
        open close closed show shows showing appear appears happen happened happening available change country
        countries support supported possible able unable allowed declined failed pending is isn't aren't wasn't
        weren't it's that's what's there's let's out up down off over under between through back away around
        please kindly regards best sincerely issue problem question answer reason even well like want love hate
        feel believe sure maybe probably actually however therefore per via within limit age children old
        delivery deliver arrive arrived item package shipping address email name update updated passcode forgot
        forgotten unknown direct debit source funds virtual disposable activate activated activation overseas
        abroad currencies beneficiary identify atm machine stuck duplicate twice extra fraud fraudulent stopped
        expect expected expire expired reverted reverse salary spend spending automatic fix linked link
        edit personal details detail terminate block unblock freeze unfreeze contactless compromised unrecognised
        unrecognized unauthorized suspicious dispute beneficiary allowed allow accept accepted limit limits
        minimum maximum physical replacement replace renew travel merchant shop store restaurant holiday
        weekend business hold limit blocked cheque check wallet contact call called speak human agent person
        complain complaint unhappy terrible awful slowly hungry cold hot food meal tasty delicious waiting wait
        waited understand explain mean set reset remove delete add added register sign log logged enter entered
        safe secure security strange weird crash crashes crashed trouble won lose losing gone same today's
    """,
    "de": """
        der die das und ist nicht ich sie wir ihr mein meine ihre ihren ein eine einen einer dem den des zu zum
        zur mit auf für von im bei aus nach wie was wer wann warum auch noch nur aber oder wenn dass kann können
        habe haben hat wird werden wurde sind war bin bitte danke hallo guten tag sehr geehrte geehrter herr
        frau mfg grüße grüßen freundlichen vielen dank über unter keine kein mehr schon heute gestern konto geld
        zahlung uns es vom bis um durch gegen ohne anfrage anbei büro
    """,
    "nl": """
        de het een en van ik je jij u wij zij is niet dat dit die op te voor met zijn er maar om hem haar naar
        ook aan bij uit nog wel geen kan hebben heeft heb was waren wordt worden mijn uw ons onze graag dank
        bedankt groet groeten vriendelijke hallo beste antwoord bericht als dan wat wie waar hoe waarom nu
    """,
    "fr": """
        le la les un une des du de et est pas ne je tu il elle nous vous ils elles mon ma mes votre vos notre
        pour avec sur dans par que qui quoi où quand comment pourquoi mais ou si ce cette ces au aux en plus
        très bien merci bonjour cordialement été suis avez avons ont sont être avoir fait peut compte argent
        paiement bonsoir salut c'est j'ai d'un l'on
    """,
    "es": """
        el la los las un una unos y es no que de del en por para con se su sus mi mis me te lo le les yo tú
        usted nosotros ellos está estoy están son soy ser tener tengo tiene hay pero como cuando donde qué cómo
        cuál muy más gracias hola buenos días saludos favor cuenta dinero pago quiero puedo también esto este
        esta ese porque sin sobre ya
    """,
    "pt": """
        o a os as um uma e é não que de do da dos das em no na nos nas por para com se seu sua meu minha eu você
        vocês nós eles está estou são ser ter tenho tem mas como quando onde porque muito mais obrigado obrigada
        olá bom dia favor conta dinheiro pagamento quero posso também isto este esta isso pelo pela ao aos já
        sem sobre foi
    """,
    "it": """
        il lo la gli le un uno una e è non che di del della dei delle in nel nella per con su si mi ti ci vi io
        tu lei noi voi loro mio mia suo sono sei siamo ho hai ha abbiamo avete hanno ma come quando dove perché
        molto più grazie ciao buongiorno saluti cordiali conto soldi pagamento vorrei posso anche questo questa
        al alla dal dalla ed
    """,
    "pl": """
        i w na z do nie się jest że to jak co ale czy tak dla od po za przez przy jestem są był była było mam ma
        mamy proszę dziękuję dzień dobry witam pozdrawiam pan pani moje mój moja konto pieniądze kiedy gdzie
        dlaczego już tylko bardzo może można oraz który która o ze pod
    """,
    "cs": """
        a v na je se že to jak co ale z do pro od po za při jsem jsou byl byla bylo mám má máme prosím děkuji
        dobrý den zdravím pan paní můj moje účet peníze kdy kde proč už jen velmi může lze nebo který která ve
        ke s k není jsme jste tak
    """,
    "sk": """
        a v na je sa že to ako čo ale z do pre od po za pri som sú bol bola mám prosím ďakujem dobrý deň
        pozdravom účet peniaze kde prečo už iba
    """,
    "sv": """
        och det att i en jag hon som han på den med var sig för så till är men ett om hade de av icke mig du
        henne då sin nu har inte hans honom skulle hennes där min man ej vid kunde något från ut när efter upp
        vi dem vara vad över tack hej vänliga hälsningar mitt konto pengar
    """,
    "da": """
        og i jeg det at en den til er som på de med han af for ikke der var mig sig men et har om vi min havde
        ham hun nu over da fra du ud sin dem os op man hans hvor eller hvad skal selv her alle vil blev kunne
        ind når tak hej venlig hilsen konto penge
    """,
    "no": """
        og i jeg det at en et den til er som på de med han av ikke der så var meg seg men har om vi min mitt ha
        hadde hun nå over da ved fra du ut sin dem oss opp man kan hans hvor eller hva skal selv her alle vil
        ble kunne inn når takk hei vennlig hilsen konto penger
    """,
    "fi": """
        ja on ei se että en hän ovat oli olen mutta kun niin kuin joka tämä mitä vain jos tai myös kiitos hei
        terveisin tili rahaa ole voi minun
    """,
    "tr": """
        ve bir bu da de için ile çok ben sen biz siz ne var yok mi mı değil ama gibi daha kadar olarak olan
        olduğu teşekkürler teşekkür ederim merhaba lütfen hesap para ödeme nasıl neden zaman iyi saygılar benim
    """,
    "hu": """
        a az és hogy nem is egy van volt ez azt csak meg de ha már mint vagy kell lehet köszönöm szia
        üdvözlettel számla pénz kérem nagyon én mi
    """,
    "ro": """
        și să nu este un o cu la de pe în din care pentru mai sunt am ai are au dar dacă ce cum când mulțumesc
        bună ziua salut cont bani vă rog
    """,
    "vi": """
        và của là có không tôi bạn cho được với này đã trong một các những để khi người về cảm ơn xin chào tài
        khoản tiền thanh toán vui lòng như thì mà nhưng rất
    """,
    "tl": """
        ang ng sa na mga ay ako ko mo ka siya kami kayo sila hindi po opo salamat naman lang pa ba kung para
        wala meron paano bakit kasi
    """,
    "hr": """
        i u na je se da to kao što ali iz za od po sam su bio bila imam molim hvala dobar dan pozdrav račun
        novac kada gdje zašto već samo nije
    """,
    "sq": "dhe në të një për me nga që është nuk jam kam faleminderit përshëndetje kërkesën tuaj si ku por mund do ju",
}

LOAN = """
    transfer app pending account bank card pin code top up service customer support online order refund
    promo email internet phone provider update problem trouble error chat voucher cash payment balance login
    password admin upload download game delivery package off free please thanks sorry okay a no info down
    cancel cancelled driver slow response restart upgrade unsubscribe speed game lag reset log block contact set
    safe human hold travel business limit limits personal wallet security shop store block register detail agent
    new best unlimited full speed data in to last next time me do so is mi per long go low
"""
"""English words that Indonesian texts are full of; they say little."""

PARTICLES = """
    yg gak ga gk nggak ngga enggak dong sih nih deh kok banget bgt udah udh sdh blm tdk kalo aja doang gue gw kayak
    mulu nya kak yuk lah donk
"""
"""Indonesian words that no other language lends: one of them among English words makes the text Indonesian."""
