"""Invented words for the plans of the demo."""

from cases.models import AgreementParty, MainGoal

HOUSEHOLDS = (
    "Woont alleen in een appartement.",
    "Woont met partner en twee kinderen. De jongste gaat naar de peuterspeelzaal.",
    "Woont met een zus. De rest van het gezin is nog niet in Nederland.",
    "Alleenstaande ouder met een kind op de basisschool.",
)
STARTING_POINTS = (
    "Heeft de middelbare school afgemaakt en vijf jaar in een winkel gewerkt. Spreekt twee talen, leert nu Nederlands.",
    "Heeft een technische opleiding en werkte als elektricien. Het diploma wordt gewaardeerd.",
    "Ging zes jaar naar school. Werkte op het land en in een bakkerij. Oefent nog met lezen en schrijven.",
    "Studeerde drie jaar aan de universiteit. Spreekt goed Engels en wil verder studeren.",
)
WISHES = {
    MainGoal.WERK: (
        "Ik wil werken in een keuken en zelf mijn huur betalen.",
        "Ik wil werk dat past bij wat ik al kan, liefst in de techniek.",
    ),
    MainGoal.WERK_EN_LEREN: (
        "Ik wil vier dagen werken en één dag naar school.",
        "Ik wil in de zorg werken en daarbij een opleiding doen.",
    ),
    MainGoal.STUDIE: (
        "Ik wil een mbo-opleiding volgen en daarna werk zoeken.",
        "Ik wil weer studeren, eerst het staatsexamen halen.",
    ),
    MainGoal.MEEDOEN: (
        "Ik wil de taal leren en mensen in mijn buurt leren kennen.",
        "Ik wil vrijwilligerswerk doen dicht bij huis.",
    ),
    MainGoal.ONDERNEMEN: ("Ik wil een eigen kleermakerij beginnen.",),
}
OBSTACLES = (
    "Opvang voor de kinderen op lesdagen.",
    "Een laptop en internet om thuis te oefenen.",
    "Reiskosten naar de les; fietsen wordt geoefend.",
    "Overzicht over brieven en rekeningen. VluchtelingenWerk helpt daarbij.",
)
PARTS = (
    "Cursus Nederlands: 3 dagdelen per week. Zelfstudie: 10 uur. Taalmaatje: 2 uur.",
    "Cursus Nederlands: 4 dagdelen per week. Vrijwilligerswerk: 6 uur. Sport: 2 uur.",
    "Cursus Nederlands: 3 dagdelen per week. Stage: 8 uur. Gesprek met mentor: 2 uur.",
)
OBLIGATIONS = (
    "U gaat naar de les en meldt u af als u niet kunt komen. Lukt iets niet, dan belt u uw klantmanager. "
    "Samen zoeken we een oplossing. Komt u vaak niet zonder te bellen, dan neemt de klantmanager contact met u op."
)
AGREEMENTS = {
    AgreementParty.STATUSHOUDER: (
        "Ik ga elke les naar de cursus en meld me af als ik ziek ben.",
        "Ik oefen elke dag een half uur met de app.",
        "Ik schrijf me in bij de bibliotheek.",
        "Ik maak een lijst van wat ik al heb gewerkt.",
        "Ik lever mijn diploma in voor de waardering.",
        "Ik ga met mijn mentor naar de open dag.",
    ),
    AgreementParty.KLANTMANAGER: (
        "De gemeente vraagt een vergoeding voor de reiskosten aan.",
        "De klantmanager belt het instituut over de startdatum.",
        "De klantmanager zoekt een plek voor vrijwilligerswerk.",
        "De gemeente regelt een laptop in bruikleen.",
    ),
    AgreementParty.MAATSCHAPPELIJK_BEGELEIDER: (
        "VluchtelingenWerk helpt met de zorgtoeslag.",
        "VluchtelingenWerk zet de brieven samen op volgorde.",
        "VluchtelingenWerk meldt de kinderen aan voor opvang.",
        "VluchtelingenWerk helpt met DigiD op de telefoon.",
    ),
}
NOTES = (
    "Naar de markt geweest en samen gekookt.",
    "Pasje van de bibliotheek aangevraagd.",
    "Rondje gefietst door de stad.",
    "Samen een brief van school gelezen.",
    "Koffie gedronken en over het werk gepraat.",
    "",
    "",
)
