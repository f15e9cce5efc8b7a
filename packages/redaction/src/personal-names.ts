/**
 * Names of fields that hold something of a person, in the languages that forms and databases are written in.
 *
 * A name is known by all its words in a row (`date_of_birth`, `dateOfBirth`), by its last two (`customer_last_name`), or by
 * either without a last word that says `number`. Words that mean other things too (`name`, `city`, `nom`) are none.
 */

/** What a personal field holds, which decides what its value must look like. */
export type PersonalKind =
  | 'email'
  | 'phone'
  | 'number'
  | 'birth'
  | 'person'
  | 'name'
  | 'address'
  | 'national';

const PERSONAL: ReadonlyMap<string, PersonalKind> = new Map<string, PersonalKind>([
  ...list('email emailaddress mail e_mail useremail correo correoelectronico courriel', 'email'),
  ...list(
    'phone phonenumber mobile mobilephone mobilenumber telephone telephonenumber tel cellphone cellnumber homephone workphone fax faxnumber contactnumber contactphone ' +
      'telefon telefonnummer handy handynummer rufnummer mobil mobilnummer mobiltelefon telefono celular movil telefone telemovel cellulare telefoon telefoonnummer ' +
      'mobiel puhelin puhelinnumero numertelefonu whatsapp whatsappnumber portable numerotelephone',
    'phone',
  ),
  ...list(
    'ssn socialsecurity socialsecuritynumber taxid nationalid nationalidnumber passport passportnumber iban cardnumber creditcard creditcardnumber ccnumber pan ' +
      'accountnumber bankaccount driverslicense driverlicense driverslicence driverlicence drivinglicense drivinglicence nin nino aadhaar cpf personnummer ' +
      'steuerid healthinsurance insurancenumber medicalrecord medicalrecordnumber mrn medicare medicaid identitynumber identitycard taxnumber taxpayerid tin ' +
      'routingnumber abarouting sortcode voterid residencepermit alienregistrationnumber idcard idcardnumber identitydocument ' +
      'kontonummer ausweisnummer personalausweis personalausweisnummer reisepass reisepassnummer passnummer fuhrerschein fuhrerscheinnummer fuehrerschein ' +
      'numeropasseport passeport numeropasaporte pasaporte passaporto numeropassaporto passaporte numerocuenta numerodecuenta paspoort paspoortnummer rekeningnummer pasnummer',
    'number',
  ),
  ...list(
    'fullname legalname realname patientname cardholdername cardholder accountholdername accountholder holdername nameoncard emergencycontact ' +
      'emergencycontactname nextofkin guestname passengername policyholder policyholdername applicantname beneficiaryname employeename studentname contactname ' +
      'nomcomplet nombrecompleto nomecompleto nomecognome vollstandigername karteninhaber kontoinhaber titulaire titular intestatario imienazwisko',
    'name',
  ),
  ...list(
    'dob dateofbirth birthdate birthday geburtsdatum geburtstag datenaissance datedenaissance fechanacimiento fechadenacimiento datanascita datadinascita ' +
      'datanascimento datadenascimento geboortedatum fodselsdato fodelsedatum fodselsdag syntymaaika dataurodzenia dogumtarihi',
    'birth',
  ),
  ...list(
    'firstname lastname middlename surname maidenname givenname familyname streetaddress homeaddress addressline mothersmaidenname postaladdress ' +
      'mailingaddress billingaddress shippingaddress residentialaddress permanentaddress ' +
      'vorname nachname familienname geburtsname prenom nomdefamille nomfamille nomdenaissance apellido apellidos primerapellido segundoapellido ' +
      'cognome sobrenome voornaam achternaam fornavn etternavn efternavn fornamn efternamn etunimi sukunimi imie nazwisko soyad soyadi',
    'person',
  ),
  ...list(
    'address currentaddress deliveryaddress contactaddress workaddress street streetname addressstreet anschrift adresse wohnadresse strasse adresspostale ' +
      'direccion domicilio indirizzo endereco morada adres osoite gatuadress adressepostale',
    'address',
  ),
]);

function list(names: string, kind: PersonalKind): [string, PersonalKind][] {
  return names.split(' ').map((name) => [name, kind]);
}

/** Names in other scripts. */
const OTHER_SCRIPTS: ReadonlyMap<string, PersonalKind> = new Map<string, PersonalKind>([
  ...list(
    '姓名 氏名 名前 お名前 真实姓名 收件人 이름 성명 имя фамилия отчество фио полноеимя όνομα επώνυμο שם',
    'person',
  ),
  ...list(
    '电话 電話 电话号码 電話番号 手机 手機 手机号 手机号码 携帯 携帯電話 携帯番号 联系电话 联系方式 전화 전화번호 휴대폰 휴대폰번호 телефон мобильный номертелефона טלפון',
    'phone',
  ),
  ...list('地址 住址 家庭地址 收货地址 住所 ご住所 주소 адрес адреспроживания', 'person'),
  ...list('出生日期 生日 生年月日 誕生日 생년월일 датарождения', 'birth'),
  ...list('邮箱 电子邮箱 邮件地址 メール メールアドレス 이메일 электроннаяпочта почта', 'email'),
  ...list(
    '护照号 护照号码 銀行卡号 银行卡号 パスポート番号 여권번호 паспорт номерпаспорта',
    'number',
  ),
]);

const BEYOND_ASCII = /[^\0-\x7f]/;
/** What separates the words of a name. */
const JOINTS = /[\s_.-]+/g;

/** What a name with letters beyond ASCII says: one in another script, or one with accents (`teléfono`, `Straße`). */
export function personalName(name: string): PersonalKind | undefined {
  if (!BEYOND_ASCII.test(name)) return undefined;
  const flat = name.toLowerCase().replace(JOINTS, '');
  return OTHER_SCRIPTS.get(flat) ?? PERSONAL.get(withoutAccents(flat).replace(/[^a-z]/g, ''));
}

function withoutAccents(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/ß/g, 'ss')
    .replace(/ø/g, 'o')
    .replace(/ł/g, 'l')
    .replace(/ı/g, 'i');
}

/** What the words of a name say. `flat`: the words in a row. */
export function personalKind(parts: readonly string[], flat: string): PersonalKind | undefined {
  const known =
    PERSONAL.get(flat) ??
    (parts.length > 2 ? PERSONAL.get(parts.slice(-2).join('')) : undefined) ??
    (parts.length > 1 ? ofLastWord(parts.at(-1) ?? '') : undefined);
  if (known !== undefined) return known;
  // `phoneNumbers`, `emails`
  if (flat.endsWith('s') && !flat.endsWith('ss')) {
    const one = PERSONAL.get(flat.slice(0, -1));
    if (one !== undefined && one !== 'number') return one;
  }
  if (parts.length > 3) {
    // `date_of_birth`, `nom_de_famille` behind other words.
    const last = PERSONAL.get(parts.slice(-3).join(''));
    if (last !== undefined) return last;
  }
  if (parts.length > 1 && NUMBER_WORD.test(parts.at(-1) ?? '')) {
    const rest = parts.slice(0, -1);
    const short = PERSONAL.get(rest.join('')) ?? PERSONAL.get(rest.slice(-2).join(''));
    if (short === 'number') return short;
  }
  return undefined;
}

/** `billing_phone`, `contactSurname`: what its value must look like tells it from `ip_address`. */
function ofLastWord(word: string): PersonalKind | undefined {
  const kind = PERSONAL.get(word);
  return kind === 'number' && !SURE_NUMBERS.has(word) ? undefined : kind;
}
const SURE_NUMBERS = new Set(
  'ssn iban passport nino aadhaar cpf mrn medicare medicaid pasaporte passeport passaporto reisepass personnummer ausweisnummer kontonummer'.split(
    ' ',
  ),
);
const NUMBER_WORD = /^(?:number|no|num|nr|id)$/;

/** True for a class of names of personal fields. */
export function isPersonalKind(kind: string): kind is PersonalKind {
  return KINDS.has(kind);
}
const KINDS: ReadonlySet<string> = new Set([...PERSONAL.values(), 'national']);
