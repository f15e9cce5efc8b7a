/**
 * How improbable a text's neighbouring characters are: what tells generated values from identifiers and words.
 *
 * The table holds -log2 of the chance that one class of character (a-z without case, 0-9, any other) follows another,
 * in fifths of a bit, one printable character each (`#` is 0), 37 x 37 in rows. `scripts/train-bigrams.ts` makes it of the
 * type declarations, sources and READMEs of some dependencies. Random letters and digits score about 9, identifiers 4.
 * Hashes and UUIDs score as secrets do: only a name or an exclusion tells those apart.
 */
export const TABLE: string =
  '^?:;YE>]=XI174]=W151=GHE>S__[_______64UNV.V\\^41X2T^5QY>?M4\\__:R____Y_[_X_8' +
  '4WDX2U]3>O:7QW-G_;J0=]__M_ZZ_X______98HBA-IRS7LR?DC7G_?7@=IZOJ___PV__V___+' +
  ';M87E<ERIQS><5FBA247PCE9D__]____R___-4_EO69__/]_?^F2\\_9BC5_Z_B_WVZZ__[_N_-' +
  'AMNT.DBA3_Z?D=BV_=<8<S__N]_[Y^______*3WKZ*P_R0X]NJQ6M_;L;FVV_U__V________1' +
  'DJ;7;7?_W_O:<-2?U@24\\A_L_A__________BA___)___B_W__X=X__)XEE?_____________8' +
  'BPFM+IMO6]THE9HFYC2IEPHZ\\___A_______+6EK</OOU1_V5OU6I_J:85DT_=___________0' +
  '.7DM.[R_5VZF?R85_L7P?TY_M___________28S666D4U=_BEOD8D^K22;DX_E___________/' +
  'E<>3N<D_ANC;9->8_/@:;E?\\YZ__________91_HM.W\\JA_Q8[[1<_1@39G_VQ__YM_______7' +
  'TW_]Z__^S__CSQ^G_TPZ$_Z_____________65E@E-ED[5_FDA94L_9<6?BQ_A___________1' +
  '=U:U2K[@9ZALNP9>[J6/:UO_C___________+7VEK2P\\22_ZJLP7B_5:A;PQH8__Z_S__T_U_.' +
  'F??D0=E_;__461R=_063I^_Y____________G*_[_+^Z_6W^_OY6__WPU\\]____F@GR@\\AUKY;' +
  '3UHT6ZP3._PDR59N_4=CZLDZ[______]____/;S=N:RUR:_VDVSF+_PF-_UO[P_OOOWUUYO[_/' +
  'BGCJELNOAWR?A8?,_K:>PRO_ZW__________)=__[5__]>__Q_X(___Q_]___GIO__^U_____+' +
  'PRVXXW______QPTH_^_\\___A__2>=@@DGCCD%JI\\[TR______X____IX[______5:4=:=7==<(' +
  'BQUUUX__Z__TVS_N_D@O\\T_Y__5=8:<8:<;=(NGGQWL__[___T[V__KKY______8:-<8<:;99*' +
  "@QPRCP__M_ZSM__G_RGP:R_T_^8=;;>@?=:>'QOONIN____^_WMXW[_^S___U__578;:57;=:)" +
  '@MRUEO__Q_]KXX_K_UVV_][W__:>>=+;:<<<+IJRRH=_]____WN]N___Z_]_J_]694879:9::*' +
  '5=CQLF\\___I_TP_F_WR___OO_\\7:;;:<7>9=)8RBXQP_ZX_G_^V____Z_^Z_XZ^8;7:9:6887*' +
  'AG?EBCML?OMHEDCC]A?=GFI]ZCMMSXX][__\\%';

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
