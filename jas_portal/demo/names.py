"""Invented people. No row is a real person."""

import random
from dataclasses import dataclass

#: origin: (weight, given names, family names, languages)
_ORIGINS = (
    (45, "Ahmad Rima Yousef Hala Omar Nour Khaled Samira Bassel Dima Mahmoud Lina Tarek Rasha Ziad Maya".split(),
     ["al-Hassan", "Haddad", "Darwish", "Khoury", "al-Masri", "Ibrahim", "Najjar", "Sabbagh"], ["ar", "ar", "ar", "ar", "kmr"]),
    (12, "Haben Filmon Rahel Yonas Mebrahtu Semhar Tesfay Luwam".split(),
     ["Gebremedhin", "Habtemariam", "Weldu", "Kidane", "Berhane"], ["ti"]),
    (10, "Emre Zeynep Burak Elif Kerem Ayşe".split(), ["Yıldız", "Demir", "Şahin", "Öztürk"], ["tr", "kmr"]),
    (8, "Saleh Amal Waleed Taqwa".split(), ["al-Qadri", "Saeed", "Nasser"], ["ar"]),
    (5, "Ali Zahra Hussein Shilan".split(), ["Karim", "Jabbar", "Rasoul"], ["ar", "ckb"]),
    (5, "Farid Laila Jawad Mursal".split(), ["Rahimi", "Nazari", "Ahmadzai"], ["prs", "ps"]),
    (4, "Abdi Hodan Yusuf Ifrah".split(), ["Warsame", "Hassan Ali", "Abdullahi"], ["so"]),
    (4, "Reza Shirin Kaveh Parisa".split(), ["Tehrani", "Moradi", "Karimi"], ["fa"]),
    (4, "Jamal Hanan Munir".split(), ["Zidan", "Saleh"], ["ar"]),
    (3, "Grace Samuel Olena Marat".split(), ["Okello", "Bondar", "Ismailov"], ["en", "ru"]),
)  # fmt: skip

MENTORS = (
    "Anneke Visser", "Sofie van Dam", "Tessa Bos", "Joost Kramer", "Willem Prins", "Ingrid de Boer", "Pieter Schouten",
    "Femke Hoekstra", "Hans Vermeulen", "Yvonne Kuipers", "Ruben Post", "Esther van Leeuwen", "Gerard Mulder",
    "Saskia Timmer", "Bram Huisman", "Nicole Verhoeven", "Theo Blom", "Loes Dijkstra", "Niels Groen", "Carla Peters",
    "Jan Willem Kok", "Miriam Evers", "Dirk Postma", "Hanneke Smit", "Onno Wolters", "Petra van Rijn", "Kees Brand",
    "Lotte Admiraal",
)  # fmt: skip
#: The first names of the mentors who are men.
MEN = frozenset("Joost Willem Pieter Hans Ruben Gerard Bram Theo Niels Jan Dirk Onno Kees".split())


@dataclass(frozen=True)
class Person:
    """One invented statushouder."""

    preferred_name: str
    full_name: str
    language: str


def people(count, seed=7):
    """`count` invented people, always the same for the same seed; full names repeat only when they run out."""
    chance = random.Random(seed)  # invented people, the same each time  # nosec B311
    weights = [origin[0] for origin in _ORIGINS]
    taken, found = set(), []
    for _tries in range(count * 50):
        if len(found) == count:
            break
        _weight, given, family, languages = chance.choices(_ORIGINS, weights)[0]
        first, last = chance.choice(given), chance.choice(family)
        if (first, last) not in taken or len(taken) > 180:
            taken.add((first, last))
            found.append(Person(first, f"{first} {last}", chance.choice(languages)))
    return found
