namespace ChannelHub.Tests.Security;

/// <summary>Ways to write an address so that it arrives inside. <c>{p}</c> is the port of a listener on 127.0.0.1 and ::1.</summary>
internal static class UrlForms
{
    public static IReadOnlyList<string> All { get; } =
    [
        // Loopback as it is, and as parsers of old read it.
        "http://127.0.0.1:{p}/", "http://127.0.0.1:{p}", "http://127.1:{p}/", "http://127.0.1:{p}/", "http://127.127.127.127:{p}/", "http://127.255.255.254:{p}/",
        "http://2130706433:{p}/", "http://0x7f000001:{p}/", "http://0x7f.1:{p}/", "http://0x7f.0x0.0x0.0x1:{p}/", "http://0177.0.0.1:{p}/", "http://017700000001:{p}/",
        "http://0177.0.0.01:{p}/", "http://0x7F.0.0.0x1:{p}/", "http://127.0x1:{p}/", "http://0000177.0.0.1:{p}/", "http://00000000177.1:{p}/", "http://127.00.00.01:{p}/",
        "http://4294967295:{p}/", "http://6425673729:{p}/", "http://127.0.0.257:{p}/", "http://127.0.0.1.:{p}/", "http://127.1.:{p}/", "http://2130706433.:{p}/",
        "http://0:{p}/", "http://0.0.0.0:{p}/", "http://0.0:{p}/", "http://0x0:{p}/", "http://00:{p}/", "http://0.0.0.0.:{p}/", "http://0.1.2.3:{p}/",
        // IPv6, and IPv4 inside it.
        "http://[::1]:{p}/", "http://[::]:{p}/", "http://[0:0:0:0:0:0:0:1]:{p}/", "http://[0000:0000:0000:0000:0000:0000:0000:0001]:{p}/", "http://[::0.0.0.1]:{p}/",
        "http://[::127.0.0.1]:{p}/", "http://[::ffff:127.0.0.1]:{p}/", "http://[::ffff:7f00:1]:{p}/", "http://[0:0:0:0:0:ffff:127.0.0.1]:{p}/", "http://[::FFFF:127.0.0.1]:{p}/",
        "http://[::ffff:0:127.0.0.1]:{p}/", "http://[::ffff:0.0.0.0]:{p}/", "http://[64:ff9b::127.0.0.1]:{p}/", "http://[64:ff9b::7f00:1]:{p}/", "http://[64:ff9b:1::7f00:1]:{p}/",
        "http://[2002:7f00:1::]:{p}/", "http://[2002:7f00:0001::1]:{p}/", "http://[2001:0:7f00:1::]:{p}/", "http://[fe80::1]:{p}/", "http://[fe80::1%25lo]:{p}/", "http://[::1%251]:{p}/",
        "http://[fe80::1%25eth0]:{p}/", "http://[fc00::1]:{p}/", "http://[fd00:ec2::254]:{p}/", "http://[ff02::1]:{p}/", "http://[100::1]:{p}/", "http://[::1].:{p}/", "http://::1:{p}/",
        // Names.
        "http://localhost:{p}/", "http://LOCALHOST:{p}/", "http://localhost.:{p}/", "http://localhost.localdomain:{p}/", "http://ip6-localhost:{p}/", "http://loopback:{p}/",
        "http://sub.localhost:{p}/", "http://127.0.0.1.nip.example:{p}/", "http://metadata.google.internal:{p}/", "http://kubernetes.default.svc:{p}/", "http://redis:{p}/",
        "http://localtest.example:{p}/", "http://xn--lcalhost-54a:{p}/", "http://l%6fcalhost:{p}/", "http://%6c%6f%63%61%6c%68%6f%73%74:{p}/", "http://127%2e0%2e0%2e1:{p}/",
        "http://a.b.c.d.e.f.g.example:{p}/", "http://host_with_underscore:{p}/", "http://-:{p}/", "http://*:{p}/", "http://+:{p}/",
        // Letters that normalise to digits, dots and ASCII.
        "http://①②⑦.⓪.⓪.①:{p}/", "http://１２７.０.０.１:{p}/", "http://127。0。0。1:{p}/", "http://127．0．0．1:{p}/", "http://127｡0｡0｡1:{p}/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{p}/",
        "http://ｌｏｃａｌｈｏｓｔ:{p}/", "http://loc\u00ADalhost:{p}/", "http://local\u200Bhost:{p}/", "http://lo\u0441alhost:{p}/", "http://[：：1]:{p}/", "http://127.0.0.1\u200B:{p}/",
        // Who is the host?
        "http://shop.example@127.0.0.1:{p}/", "http://shop.example:80@127.0.0.1:{p}/", "http://127.0.0.1:{p}@shop.example/", "http://127.0.0.1:{p}#@shop.example/",
        "http://shop.example#@127.0.0.1:{p}/", "http://127.0.0.1:{p}?@shop.example/", "http://shop.example?@127.0.0.1:{p}/", "http://shop.example\\@127.0.0.1:{p}/",
        "http://127.0.0.1:{p}\\@shop.example/", "http:\\\\127.0.0.1:{p}\\", "http:/127.0.0.1:{p}/", "http:127.0.0.1:{p}/", "http:///127.0.0.1:{p}/", "http:////127.0.0.1:{p}/",
        "http://@127.0.0.1:{p}/", "http://:@127.0.0.1:{p}/", "http://user@127.0.0.1:{p}/", "http://user:pass@[::1]:{p}/", "http://a@b@127.0.0.1:{p}/", "//127.0.0.1:{p}/", "/\\127.0.0.1:{p}/",
        "http://shop.example&@127.0.0.1:{p}/", "http://127.0.0.1:{p};shop.example/", "http://127.0.0.1;@shop.example:{p}/", "http://shop.example%00.127.0.0.1:{p}/",
        // White space and controls.
        " http://127.0.0.1:{p}/", "http://127.0.0.1:{p}/ ", "http://127.0.0.1 :{p}/", "http:// 127.0.0.1:{p}/", "ht\ttp://127.0.0.1:{p}/", "http://127.0.\t0.1:{p}/", "http://127.0.0.1\r\n:{p}/",
        "http://127.0.0.1:{p}/\r\nX-Injected: 1", "http://127.0.0.1%0d%0a:{p}/", "\u0001http://127.0.0.1:{p}/", "http://127.0.0.1\0:{p}/", "http://127.0.0.1%2500:{p}/",
        // Schemes, and TLS towards the same places.
        "https://127.0.0.1:{p}/", "https://localhost:{p}/", "https://[::1]:{p}/", "HTTP://127.0.0.1:{p}/", "hTTp://[::ffff:127.0.0.1]:{p}/", "ftp://127.0.0.1:{p}/", "gopher://127.0.0.1:{p}/_x",
        "file:///etc/passwd", "file://127.0.0.1:{p}/etc/passwd", "unix:/var/run/docker.sock", "unix://127.0.0.1:{p}/", "data:text/plain,x", "dict://127.0.0.1:{p}/", "ldap://127.0.0.1:{p}/",
        "ws://127.0.0.1:{p}/", "wss://127.0.0.1:{p}/", "net.tcp://127.0.0.1:{p}/", "jar:http://127.0.0.1:{p}/!/", "javascript:fetch('http://127.0.0.1:{p}/')", "http+unix://127.0.0.1:{p}/", "127.0.0.1:{p}", "",
        // Ports of other services, and none that exist.
        "http://127.0.0.1:0/", "http://127.0.0.1:22/", "http://127.0.0.1:25/", "http://127.0.0.1:6379/", "http://127.0.0.1:65535/", "http://127.0.0.1:65536/", "http://127.0.0.1:-1/", "http://127.0.0.1/",
        "http://[::1]:22/", "http://localhost:25/",
        // Inner networks.
        "http://10.0.0.1:{p}/", "http://10.255.255.255/", "http://172.16.0.1/", "http://172.31.255.254/", "http://192.168.0.1/", "http://192.168.1.1:{p}/", "http://100.64.0.1/", "http://169.254.169.254/latest/meta-data/",
        "http://169.254.169.254./", "http://0xa9fea9fe/", "http://2852039166/", "http://0251.0376.0251.0376/", "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/", "http://169.254.170.2/v2/credentials",
        "http://192.0.0.192/", "http://100.100.100.200/", "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255:{p}/",
    ];
}
