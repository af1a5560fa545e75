"""A thousand users of a telephone company who do not exist, the same ones every time."""

# ruff: noqa: RUF001 (names in the letters of their countries)

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from pathlib import Path

USERS = 1000
SEED = 19
AS_OF = date(2026, 6, 30)
"""The day on which the table was taken, so to say; its dates lie before it."""


@dataclass(frozen=True, slots=True)
class SampleUser:
    """One row of the table; its columns are named after these fields."""

    user_id: str
    first_name: str  # blank for about one in twenty-five
    last_name: str
    email: str
    country: str  # ISO 3166 code
    city: str
    language: str
    timezone: str
    plan: str
    contract: str
    tenure: int  # whole months since the user signed up
    monthly_charges: str  # euros with two decimals
    signed_up: date
    last_active: date
    phone: str  # E.164 without the +; of the numbers that are reserved for fiction


@dataclass(frozen=True, slots=True)
class _Country:
    code: str
    language: str
    cities: tuple[tuple[str, str], ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


def sample_users() -> Iterator[SampleUser]:
    """Yield the thousand users; `retention-offer` selects 189 of them."""
    # A generator of its own: the users stay the same whatever else draws numbers.
    chance = random.Random(SEED)  # noqa: S311 (nothing here is secret)
    for number in range(1, USERS + 1):
        yield _user(f"u{number:04d}", chance)


def write_sample_users(path: Path) -> int:
    """Write the users as CSV and return how many there are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        names = [field.name for field in fields(SampleUser)]
        table = csv.DictWriter(out, names, lineterminator="\n")
        table.writeheader()
        table.writerows(asdict(user) for user in sample_users())
    return USERS


def _user(user_id: str, chance: random.Random) -> SampleUser:
    country = chance.choice(_COUNTRIES)
    city, timezone = chance.choice(country.cities)
    contract = chance.choices(_CONTRACTS, weights=(55, 21, 24))[0]
    plan, price = chance.choice(_PLANS)
    # Who may leave every month leaves early: the others stay for years.
    tenure = min(72, int(chance.expovariate(1 / (14 if contract == _CONTRACTS[0] else 36))))
    signed_up = AS_OF - timedelta(days=round(tenure * 30.44) + chance.randrange(28))
    return SampleUser(
        user_id=user_id,
        first_name="" if chance.random() < 0.04 else chance.choice(country.first_names),
        last_name=chance.choice(country.last_names),
        email=f"{user_id}@{chance.choice(_MAIL)}",
        country=country.code,
        city=city,
        language=country.language,
        timezone=timezone,
        plan=plan,
        contract=contract,
        tenure=tenure,
        monthly_charges=f"{price + chance.randrange(0, 1500) / 100:.2f}",
        signed_up=signed_up,
        last_active=max(signed_up, AS_OF - timedelta(days=int(chance.expovariate(1 / 12)))),
        phone=_phone(int(user_id[1:])),
    )


def _phone(number: int) -> str:
    """Return a telephone number for the user of this number; 555-0100 to 555-0199 are nobody's."""
    return f"1{201 + number // 100}55501{number % 100:02d}"


_CONTRACTS = ("Month-to-month", "One year", "Two year")
_PLANS = (("Mobile S", 9.99), ("Mobile L", 24.99), ("Fiber 100", 34.99), ("Fiber 1000", 54.99))
_MAIL = ("example.com", "example.net", "example.org")  # reserved: nobody can have them


def _country(code: str, language: str, cities: str, first: str, last: str) -> _Country:
    """Read a country from lines of words; an underscore stands for a blank within a name."""
    pairs = [city.split("@") for city in cities.split()]
    return _Country(
        code,
        language,
        tuple((name.replace("_", " "), zone) for name, zone in pairs),
        tuple(name.replace("_", " ") for name in first.split()),
        tuple(name.replace("_", " ") for name in last.split()),
    )


_COUNTRIES = (
    _country(
        "BR",
        "pt",
        "São_Paulo@America/Sao_Paulo Belém@America/Belem Manaus@America/Manaus",
        "João Luíza Antônio Conceição Caetano Iara Débora Tião",
        "Gonçalves Araújo Magalhães da_Silva Simões",
    ),
    _country(
        "DE",
        "de",
        "Berlin@Europe/Berlin Köln@Europe/Berlin München@Europe/Berlin",
        "Jürgen Käthe Anke Björn Günther Mareike Sören Yasemin",
        "Müller Schäfer Weiß Krüger Öztürk von_der_Heide",
    ),
    _country(
        "EG",
        "ar",
        "القاهرة@Africa/Cairo الإسكندرية@Africa/Cairo",
        "ليلى أحمد فاطمة يوسف نور عمر",
        "حسن إبراهيم منصور السيد",
    ),
    _country(
        "ES",
        "es",
        "Málaga@Europe/Madrid A_Coruña@Europe/Madrid Las_Palmas@Atlantic/Canary",
        "José Íñigo Begoña Núria Álvaro Rocío María_del_Mar",
        "Muñoz Ibáñez García_López Peña Agüero",
    ),
    _country(
        "FR",
        "fr",
        "Paris@Europe/Paris Besançon@Europe/Paris Saint-Denis@Indian/Reunion",
        "Zoë Éloïse François Noël Chloé Jean-Luc Maëlle Gaël",
        "Lefèvre Bérénger Dupré L'Hôpital Béchamel",
    ),
    _country(
        "GR",
        "el",
        "Αθήνα@Europe/Athens Θεσσαλονίκη@Europe/Athens",
        "Ελένη Γιώργος Σοφία Νίκος Άννα",
        "Παπαδόπουλος Οικονόμου Γεωργίου",
    ),
    _country(
        "IE",
        "en",
        "Dublin@Europe/Dublin Dún_Laoghaire@Europe/Dublin",
        "Siobhán Seán Niamh Pádraig Aoife Oisín",
        "O'Connor Ó_Súilleabháin Murphy Ní_Bhriain",
    ),
    _country(
        "IN",
        "hi",
        "मुंबई@Asia/Kolkata दिल्ली@Asia/Kolkata Chennai@Asia/Kolkata",
        "प्रिया अर्जुन Lakshmi Ravi अनन्या Sanjay",
        "शर्मा Patel Iyer सिंह Subramaniam",
    ),
    _country(
        "JP",
        "ja",
        "東京@Asia/Tokyo 大阪@Asia/Tokyo 札幌@Asia/Tokyo",
        "陽翔 さくら 健太 美咲 翔 結衣",
        "田中 佐藤 鈴木 高橋 髙﨑",
    ),
    _country(
        "PL",
        "pl",
        "Łódź@Europe/Warsaw Kraków@Europe/Warsaw Gdańsk@Europe/Warsaw",
        "Łukasz Małgorzata Świętosława Józef Żaneta Paweł",
        "Wiśniewska Dąbrowski Żółć Kowalczyk",
    ),
    _country(
        "TR",
        "tr",
        "İstanbul@Europe/Istanbul Eskişehir@Europe/Istanbul",
        "Çağla Ömer Işıl Gökhan Şule İbrahim",
        "Yılmaz Şahin Güneş Çelik",
    ),
    _country(
        "UA",
        "uk",
        "Київ@Europe/Kyiv Львів@Europe/Kyiv",
        "Олена Андрій Їжакевич Мар'яна Тарас",
        "Шевченко Коваленко Гнатюк",
    ),
    _country(
        "US",
        "en",
        "New_York@America/New_York Denver@America/Denver Honolulu@Pacific/Honolulu",
        "Mary Kofi Renée DeShawn Quinn Mei-Ling Peggy_Sue",
        "Smith Nguyễn D'Angelo O'Brien-Jones Kealoha",
    ),
)
