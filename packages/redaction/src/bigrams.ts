/**
 * How improbable a text's neighbouring characters are: what tells generated values from identifiers and words.
 *
 * The table holds -log2 of the chance that one class of character (a-z without case, 0-9, any other) follows another,
 * in fifths of a bit, one printable character each (`#` is 0), 37 x 37 in rows. Trained on the type declarations,
 * sources and READMEs of this repository's dependencies. Random letters and digits score about 8, identifiers about 4.
 * Hashes and UUIDs score as secrets do: only a name or an exclusion tells those apart.
 */
const TABLE =
  'X<79XH;[?YI076[;T26/;FFB?VkT`igllkegG3QEO1QR_74W2QM1Kb:<K1aUh<cYYZS\\`Yeab;' +
  '4TET2SZ3>[98RU,N_;C2=\\TWIi]abXabYa`g=5H:<)FJL4UN=GJ9D\\>9C;EPVC[a]\\[cgZaQd9' +
  '9I76D:COHOR:<3E?A/35NBI7F[bdcegmZhdi;1UJR68]e*X^<OI5Vf5A?5aVhCnZWZX`baYQZC' +
  '=JHN,H@<3[P:A8@GS7689HQiLQaVV`f_enhn31>KS/KY[*^\\KFQ4LY;C7?WShSffj\\Xnnnnnm>' +
  'AD::9@9g\\dN79-2AX>15_BcJnBncinnnnnknJ?^VY*\\ZMDbTf_a9PXS)LAE;bffY^\\[cbfhf`F' +
  '8LCF*D@Q/TUFF8BFQC3ADQKiRfe[VfmkimKn85EH5.JPS2\\I5OT6F]G966AOk=Xnhkhnnnnnn7' +
  '/8JH+WPZ5JTD<H42YM>L@Q\\aOgYaeafn^iak=5P646:3S>WADKB7DYM10<DUiNbnfh^njmnln?' +
  'B==6MAD[ANC97,>7Y0>;8A=QXZn`jhlnkganH0RIF.WVJ>eP7JQ0<`2=3<LXmLkm_ZkenembcB' +
  '\\_]XTnfURfn@OXBEMRI\\$^R_f_fh`XflYdfn=5Q<@-EAW4gGD@63Ig9:4>DPl>nnXdknnnnnn>' +
  '>J;H1HS;7YFDHJ78SI7-<OJO?^c^Wc^e\\njn15P>I0HV11\\TEGL8A\\47<9ROV8en]cZnn\\nUn;' +
  '@?>@2?@j8nb182M=n/65ZfkWh_OYOennnnnjY+WRS*UJ^1[^UMZ7UcWQXSYZgenOG?YHbHeUc@' +
  '1KGF6NO2-aHCM63LR67ATQB_d^nbdWnnnmkn?:Q<F:G]Q7a;HPME)VMF-WUSSFZTUSY`ZW\\YZ:' +
  '>?BH?ENN@VJ;:2=)PA7:MI=gPQfV_enngnnn53XAQ(M_H9_SCVc2[PKFH@nMWDII_\\RPinaee2' +
  '?AA8C<WOWUL\\SOT\\PWLY_U_IYg-48>AAA@?<-E@GGOGAYVTYZ^QVOZVNTSLYMUj7:6@??6>:>(' +
  '<1AFKHMLUaRIRMTBJFA@aPPVLR2A<=D76;=C,CJ479@KOGVQRKTLF\\N@GXRXXVQ9?+8ACAB:73' +
  '2?BC<?RPEMGO=ALFP=:D6FOTTX:@<B@?<@?=,BBC?I>TITTNIAWQOOWETTNTH_Q65<;;<0;;2/' +
  '7=AGB?IJSOMCKVIMJFBBUUUYdS?A8B*=<??91:=8?<:QECMNCIEQQNNANNF\\\\\\T4:=5:79:>?.' +
  '.D@CBEIODYKLQ<]AYL6QSeSPeW6DD1<69A8E3D;<BB@LMIIJ^NSVENPAVM^^PKM7767<78;47/' +
  ';=6698=@4<F::=;8L:38AACTQKKBRU\\UX[RW<';

let bits: Uint8Array | undefined;

/** Class of an ASCII character: 0-25 letters, 26-35 digits, 36 the rest. */
function classOf(code: number): number {
  if (code >= 97 && code <= 122) return code - 97;
  if (code >= 65 && code <= 90) return code - 65;
  return code >= 48 && code <= 57 ? code - 22 : 36;
}

/** Mean bits a neighbour in the first 64 characters of `text`; 0 for less than two characters. */
export function randomness(text: string): number {
  bits ??= Uint8Array.from(TABLE, (character) => character.charCodeAt(0) - 35);
  const length = Math.min(text.length, 64);
  let sum = 0;
  let before = classOf(text.charCodeAt(0));
  for (let i = 1; i < length; i++) {
    const next = classOf(text.charCodeAt(i));
    sum += bits[before * 37 + next] ?? 0;
    before = next;
  }
  return length < 2 ? 0 : sum / 5 / (length - 1);
}
