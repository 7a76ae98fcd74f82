using System.Collections.Frozen;

namespace ChannelHub.Core.Keys;

/// <summary>What writing down a telephone number takes to know of a country.</summary>
/// <param name="Code">Its calling code.</param>
/// <param name="TrunkPrefixes">What is dialled before a number inside the country and is no part of it, longest first.</param>
/// <param name="DialOut">What is dialled to leave the country; <c>x</c> is any digit.</param>
internal sealed record PhoneCountry(string Code, IReadOnlyList<string> TrunkPrefixes, IReadOnlyList<string> DialOut)
{
    /// <summary>Bit <i>n</i> is set where numbers of <i>n</i> digits after the calling code exist.</summary>
    public required int Lengths { private get; init; }

    public bool HasLength(int digits) => digits is > 0 and < 16 && (Lengths & (1 << digits)) != 0;
}

/// <summary>
/// Calling codes, trunk prefixes, number lengths and dial-out prefixes, taken as facts from the public numbering-plan metadata of July 2026.
/// </summary>
internal static class PhoneCountries
{
    // Regions, calling code, trunk prefixes (- for none), lengths, and dial-out prefixes where they are not 00. The first row of a calling code
    // stands for the code where the country is not known. Countries in which a leading zero is part of the number have no trunk prefix here.
    private const string Table =
        """
        US,CA,AG,AI,AS,BB,BM,BS,DM,DO,GD,GU,JM,KN,KY,LC,MP,MS,PR,SX,TC,TT,VC,VG,VI 1 1 10 011 ; RU,KZ 7 8 10,14 810 ; EG 20 0 8-10
        ZA 27 0 5-10 ; GR 30 - 10-12 ; NL 31 0 5-11 ; BE 32 0 8-9 ; FR 33 0 9 ; ES 34 - 9 ; HU 36 06 8-9 ; IT,VA 39 - 6-12
        RO 40 0 6,9 ; CH 41 0 9,12 ; AT 43 0 4-13 ; GB,GG 44 0 7,9-10 ; IM,JE 44 0 10 ; DK 45 - 8 ; SE 46 0 6-10,12 ; NO,SJ 47 - 5,8
        PL 48 - 6-10 ; DE 49 0 4-15 ; PE 51 0 8-9 ; MX 52 044/045/01/1 10 ; CU 53 0 6-8,10 119 ; AR 54 0 10-11 ; BR 55 0 8-11 00xx
        CL 56 - 9-11 1xx0/00 ; CO 57 0 8,10-11 00x ; VE 58 0 10 ; MY 60 0 8-10 ; AU 61 0 5-10,12 0011 ; CC,CX 61 0 6-10,12 0011
        ID 62 0 7-17 00x ; PH 63 0 6,8-13 ; NZ 64 0 5-10 ; SG 65 - 8,10-11 0xx ; TH 66 0 8-10,13 00x ; JP 81 0 8-17 010
        KR 82 0 5-6,8-14 00x ; VN 84 0 7-10 ; CN 86 0 7-12 ; TR 90 0 7,10,12-13 ; IN 91 0 8-13 ; PK 92 0 8-12 ; AF 93 0 9 ; LK 94 0 9
        MM 95 0 6-10 ; IR 98 0 4-7,10 ; SS 211 0 9 ; MA,EH 212 0 9 ; DZ 213 0 8-9 ; TN 216 - 8 ; LY 218 0 9 ; GM 220 - 7 ; SN 221 - 9
        MR 222 - 8 ; ML 223 - 8 ; GN 224 - 8-9 ; CI 225 - 10 ; BF 226 - 8 ; NE 227 - 8 ; TG 228 - 8 ; BJ 229 - 8,10
        MU 230 - 7-8,10 00/020 ; LR 231 0 7-9 ; SL 232 0 8 ; GH 233 0 8-9 ; NG 234 0 10-14 009 ; TD 235 - 8 ; CF 236 - 8
        CM 237 - 8-9 ; CV 238 - 7 0/00 ; ST 239 - 7 ; GQ 240 - 9 ; GA 241 - 7-8 ; CG 242 - 9 ; CD 243 0 7-10 ; AO 244 - 9
        GW 245 - 7,9 ; IO 246 - 7 ; AC 247 - 5-6 ; SC 248 - 7 00/010 ; SD 249 0 9 ; RW 250 0 8-9 ; ET 251 0 9 ; SO 252 0 6-9
        DJ 253 - 8 ; KE 254 0 7-10 000 ; TZ 255 0 9 000 ; UG 256 0 9 000 ; BI 257 - 8 ; MZ 258 - 8-9 ; ZM 260 0 9 ; MG 261 0 9
        RE,YT 262 0 9 ; ZW 263 0 5-10 ; NA 264 0 8-9 ; MW 265 0 7,9 ; LS 266 - 8 ; BW 267 - 7-8,10 ; SZ 268 - 8-9 ; KM 269 - 7
        SH 290 - 4-5 ; TA 290 - 4 ; ER 291 0 7 ; AW 297 - 7 ; FO 298 - 6 ; GL 299 - 6 ; GI 350 - 8 ; PT 351 - 9 ; LU 352 - 4-11
        IE 353 0 7-10 ; IS 354 - 7,9 ; AL 355 0 6-9 ; MT 356 - 8 ; CY 357 - 8 ; FI,AX 358 0 5-12 00/99x ; BG 359 0 6-9,12
        LT 370 8/0 8 ; LV 371 - 8 ; EE 372 - 7-8,10 ; MD 373 0 8 ; AM 374 0 8 ; BY 375 80/8/0 6-11 810 ; AD 376 - 6,8-9
        MC 377 0 8-9 ; SM 378 - 8,10 ; UA 380 80/0 9-10 ; RS 381 0 6-12 ; ME 382 0 8-9 ; XK 383 0 8-12 ; HR 385 0 7-9 ; SI 386 0 5-8
        BA 387 0 8-9 ; MK 389 0 8 ; CZ 420 - 9-12 ; SK 421 0 6-7,9 ; LI 423 0 7,9 ; FK 500 - 5 ; BZ 501 - 7,11 ; GT 502 - 8,11
        SV 503 - 7-8,11 ; HN 504 - 8,11 ; NI 505 - 8 ; CR 506 - 8,10 ; PA 507 - 7-8,10-11 ; PM 508 0 6,9 ; HT 509 - 8
        GP,BL,MF 590 0 9 ; BO 591 0 8-9 ; GY 592 - 7 001 ; EC 593 0 8-11 ; GF 594 0 9 ; PY 595 0 6-11 ; MQ 596 0 9 ; SR 597 - 6-7
        UY 598 0 4-13 ; CW 599 - 7-8 ; BQ 599 - 7 ; TL 670 - 7-8 ; NF 672 - 6 ; BN 673 - 7 ; NR 674 - 7 ; PG 675 - 7-8 ; TO 676 - 5,7
        SB 677 - 5,7 ; VU 678 - 5,7 ; FJ 679 - 7,11 ; PW 680 - 7 011/012 ; WF 681 - 6,9 ; CK 682 - 5 ; NU 683 - 4,7
        WS 685 - 5-7,10 0/00 ; KI 686 - 5,8 ; NC 687 - 6 ; TV 688 - 5-7 ; PF 689 - 6,8-9 ; TK 690 - 4-7 ; FM 691 - 7 ; MH 692 1 7 011
        001 800 - 8 ; 001 808 - 8 ; KP 850 0 8,10 ; HK 852 - 5-9,11 00x ; MO 853 - 7-8 ; KH 855 0 8-10 00x ; LA 856 0 8-10
        001 870 - 9,12 ; 001 878 - 12 ; BD 880 0 6-10 ; 001 881 - 9-10 ; 001 882 - 7-12 ; 001 883 - 8-12 ; TW 886 0 7-11 00x
        001 888 - 11 ; MV 960 - 7,10 ; LB 961 0 7-8 ; JO 962 0 8-9 ; SY 963 0 8-9 ; IQ 964 0 8-10 ; KW 965 - 7-8 ; SA 966 0 9-10
        YE 967 0 7-9 ; OM 968 - 7-9 ; PS 970 0 8-10 ; AE 971 0 5-12 ; IL 972 0 7-12 00/01x ; BH 973 - 8 ; QA 974 - 7-9,11
        BT 975 - 7-8 ; MN 976 0 8-10 001 ; NP 977 0 8,10-11 ; 001 979 - 9 ; TJ 992 - 9 810 ; TM 993 8 8 810 ; AZ 994 0 9 ; GE 995 0 9
        KG 996 0 9-10 ; UZ 998 - 9
        """;

    private static readonly FrozenDictionary<string, PhoneCountry> ByRegion;
    private static readonly FrozenDictionary<string, PhoneCountry> ByCode;

    static PhoneCountries()
    {
        var byRegion = new Dictionary<string, PhoneCountry>(StringComparer.OrdinalIgnoreCase);
        var byCode = new Dictionary<string, PhoneCountry>();
        foreach (string row in Table.Split([';', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] columns = row.Split(' ');
            var country = new PhoneCountry(columns[1], columns[2] == "-" ? [] : columns[2].Split('/'), columns.Length > 4 ? columns[4].Split('/') : ["00"])
            {
                Lengths = columns[3].Split(',').Sum(LengthBits),
            };
            byCode.TryAdd(country.Code, country);
            foreach (string region in columns[0].Split(',').Where(region => region != "001"))
                byRegion.Add(region, country);
        }
        ByRegion = byRegion.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        ByCode = byCode.ToFrozenDictionary();
    }

    /// <summary>A country by its ISO 3166 code; null if there is none.</summary>
    public static PhoneCountry? Of(string? region) => region is null ? null : ByRegion.GetValueOrDefault(region);

    /// <summary>The country whose calling code an international number without its plus begins with. No code begins with another.</summary>
    public static PhoneCountry? OfInternational(ReadOnlySpan<char> digits)
    {
        FrozenDictionary<string, PhoneCountry>.AlternateLookup<ReadOnlySpan<char>> codes = ByCode.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int length = 1; length <= 3 && length <= digits.Length; length++)
        {
            if (codes.TryGetValue(digits[..length], out PhoneCountry? country))
                return country;
        }
        return null;
    }

    private static int LengthBits(string range)
    {
        string[] ends = range.Split('-');
        int bits = 0;
        for (int length = int.Parse(ends[0]); length <= int.Parse(ends[^1]); length++)
            bits |= 1 << length;
        return bits;
    }
}
