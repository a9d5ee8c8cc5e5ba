"""What the small chat says of itself, in English, German, French and Spanish, and when which.

Only these phrases are in the language that is asked for. What a stand-in quotes, sums up or
remembers stays in the words it was given in, because it does not translate.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from runthrough.emulator.standins.opinions import words_of
from runthrough.emulator.standins.prompts import Prompt


@dataclass(frozen=True)
class Language:
    """The fixed phrases of one language.

    Attributes:
        code: its code, such as `de`.
        hint: asks for the first step of a sum whose result is to be withheld.
        otherwise: what is said where there is no answer, the fullest wording first.
        praised: how a summary names what was liked; `blamed` what was not; `neither` that there
            was neither; `read` how many texts there were.
    """

    code: str
    sum: str
    hint: str
    known_name: str
    known: str
    unknown_name: str
    unknown: str
    met: str
    noted: str
    noted_all: str
    told: str
    greeting: str
    thanks: str
    first_said: str
    last_said: str
    nothing_said: str
    nothing_answered: str
    no_translation: str
    no_media: str
    otherwise: tuple[str, ...]
    praised: str
    blamed: str
    neither: str
    read: str


ENGLISH = Language(
    code="en",
    sum="{left} = {right}.",
    hint="Let us go step by step: what is {left}?",
    known_name="Your name is {value}.",
    known="Your {thing} is {value}.",
    unknown_name="I do not know your name: you have not told me in this conversation.",
    unknown="I do not know your {thing}: you have not told me in this conversation.",
    met="Nice to meet you, {value}.",
    noted="Noted: your {thing} is {value}.",
    noted_all="I will remember that in this conversation.",
    told='You told me: "{quote}"',
    greeting="Hello! I am the emulator's stand-in model. What shall we try?",
    thanks="You are welcome.",
    first_said='The first thing you said was: "{quote}"',
    last_said='Before this you said: "{quote}"',
    nothing_said="You have not said anything before this.",
    nothing_answered="I have not said anything yet.",
    no_translation=(
        "I am the emulator's stand-in model and cannot translate; run against the live target for"
        " that."
    ),
    no_media=(
        "I am the emulator's stand-in model and cannot look at what you attached ({kinds}); run"
        " against the live target for that."
    ),
    otherwise=(
        "I am the emulator's stand-in model, not the model you named, so I have no real answer to"
        " this. I can summarize reviews, do sums and remember what you told me in this"
        " conversation; for everything else, run against the live target.",
        "I am the emulator's stand-in model and have no real answer to this.",
        "I am only a stand-in model.",
        "A stand-in.",
        "Stand-in.",
    ),
    praised="Liked",
    blamed="disliked",
    neither="Neither for nor against.",
    read="Texts read",
)
GERMAN = Language(
    code="de",
    sum="{left} = {right}. Das ist das Ergebnis.",
    hint="Gehen wir Schritt für Schritt vor: Was ist {left}?",
    known_name="Sie heißen {value}.",
    known="Sie haben mir gesagt: {thing} = {value}.",
    unknown_name="Ich kenne Ihren Namen nicht: Sie haben ihn mir nicht gesagt.",
    unknown="Das weiß ich nicht ({thing}): Sie haben es mir nicht gesagt.",
    met="Freut mich, {value}.",
    noted="Ist notiert ({thing} = {value}).",
    noted_all="Das merke ich mir für dieses Gespräch.",
    told='Sie haben mir gesagt: "{quote}"',
    greeting="Hallo! Ich bin das Ersatzmodell des Emulators. Was probieren wir aus?",
    thanks="Gern geschehen.",
    first_said='Zuerst haben Sie gesagt: "{quote}"',
    last_said='Davor haben Sie gesagt: "{quote}"',
    nothing_said="Sie haben vorher noch nichts gesagt.",
    nothing_answered="Ich habe noch nichts gesagt.",
    no_translation=(
        "Ich bin das Ersatzmodell des Emulators und kann nicht übersetzen; dafür gibt es das echte"
        " Ziel."
    ),
    no_media=(
        "Ich bin das Ersatzmodell des Emulators und kann Ihren Anhang ({kinds}) nicht ansehen;"
        " dafür gibt es das echte Ziel."
    ),
    otherwise=(
        "Ich bin das Ersatzmodell des Emulators und nicht das verlangte Modell; darum habe ich"
        " hierauf keine echte Antwort. Ich kann Bewertungen zusammenfassen, rechnen und mir merken,"
        " was Sie mir in diesem Gespräch gesagt haben; für alles andere gibt es das echte Ziel.",
        "Ich bin das Ersatzmodell des Emulators und habe hierauf keine echte Antwort.",
        "Ich bin nur ein Ersatzmodell.",
        "Ein Ersatz.",
        "Ersatz.",
    ),
    praised="Gelobt",
    blamed="kritisiert",
    neither="Weder dafür noch dagegen.",
    read="Gelesene Texte",
)
FRENCH = Language(
    code="fr",
    sum="{left} = {right}. Voilà le résultat du calcul.",
    hint="Procédons pas à pas : combien font {left} ?",
    known_name="Vous vous appelez {value}.",
    known="Vous m'avez dit ceci : {thing} = {value}.",
    unknown_name="Je ne connais pas votre nom : vous ne me l'avez pas dit.",
    unknown="Je ne le sais pas ({thing}) : vous ne me l'avez pas dit.",
    met="Enchanté de vous rencontrer, {value}.",
    noted="C'est noté ({thing} = {value}).",
    noted_all="Je m'en souviendrai dans cette conversation.",
    told='Vous m\'avez dit : "{quote}"',
    greeting="Bonjour ! Je suis le modèle de remplacement de l'émulateur. Que faisons-nous ?",
    thanks="Je vous en prie.",
    first_said='Vous avez d\'abord dit : "{quote}"',
    last_said='Juste avant, vous avez dit : "{quote}"',
    nothing_said="Vous n'avez encore rien dit avant cela.",
    nothing_answered="Je n'ai encore rien dit.",
    no_translation=(
        "Je suis le modèle de remplacement de l'émulateur et je ne sais pas traduire ; pour cela,"
        " utilisez la cible réelle."
    ),
    no_media=(
        "Je suis le modèle de remplacement de l'émulateur et je ne peux pas regarder votre pièce"
        " jointe ({kinds}) ; pour cela, utilisez la cible réelle."
    ),
    otherwise=(
        "Je suis le modèle de remplacement de l'émulateur et non le modèle demandé ; je n'ai donc"
        " pas de vraie réponse à cette question. Je sais résumer des avis, faire des calculs et me"
        " souvenir de ce que vous m'avez dit dans cette conversation ; pour le reste, utilisez la"
        " cible réelle.",
        "Je suis le modèle de remplacement de l'émulateur et n'ai pas de vraie réponse à cela.",
        "Je ne suis qu'un modèle de remplacement.",
        "Un remplaçant.",
        "Remplaçant.",
    ),
    praised="Apprécié",
    blamed="critiqué",
    neither="Ni pour ni contre.",
    read="Textes lus",
)
SPANISH = Language(
    code="es",
    sum="{left} = {right}. Ese es el resultado.",
    hint="Vamos paso a paso: ¿cuánto es {left}?",
    known_name="Usted se llama {value}.",
    known="Usted me ha dicho: {thing} = {value}.",
    unknown_name="No conozco su nombre: no me lo ha dicho.",
    unknown="No lo sé ({thing}): no me lo ha dicho.",
    met="Mucho gusto, {value}.",
    noted="Queda anotado ({thing} = {value}).",
    noted_all="Lo recordaré en esta conversación.",
    told='Usted me ha dicho: "{quote}"',
    greeting="¡Hola! Soy el modelo sustituto del emulador. ¿Qué probamos?",
    thanks="De nada.",
    first_said='Lo primero que dijo fue: "{quote}"',
    last_said='Antes de esto dijo: "{quote}"',
    nothing_said="Todavía no había dicho nada.",
    nothing_answered="Todavía no he dicho nada.",
    no_translation=(
        "Soy el modelo sustituto del emulador y no sé traducir; para eso, use el destino real."
    ),
    no_media=(
        "Soy el modelo sustituto del emulador y no puedo mirar lo que adjuntó ({kinds}); para eso,"
        " use el destino real."
    ),
    otherwise=(
        "Soy el modelo sustituto del emulador y no el modelo pedido, así que no tengo una respuesta"
        " de verdad. Sé resumir reseñas, hacer cálculos y recordar lo que me ha dicho en esta"
        " conversación; para lo demás, use el destino real.",
        "Soy el modelo sustituto del emulador y no tengo una respuesta de verdad para esto.",
        "Solo soy un modelo sustituto.",
        "Un sustituto.",
        "Sustituto.",
    ),
    praised="Gustó",
    blamed="no gustó",
    neither="Ni a favor ni en contra.",
    read="Textos leídos",
)
LANGUAGES = {one.code: one for one in (ENGLISH, GERMAN, FRENCH, SPANISH)}

_NAMES = {
    "en": "english|englisch|anglais|inglés|ingles",
    "de": "german|deutsch|allemand|alemán|aleman",
    "fr": "french|français|francais|französisch|franzoesisch|francés|frances",
    "es": "spanish|español|espanol|castellano|spanisch|espagnol",
}
_NAMED = re.compile("|".join(_NAMES.values()), re.I)
_ANY_NAME = "|".join(f"(?P<{code}>{names})" for code, names in _NAMES.items())
_VERBS = (
    r"speak|use|write|answer|reply|respond|sprich|sprechen|antworte|antworten|schreib\w*|parle\w*"
    r"|réponds|répondez|écris|habla|hable|responde|responda|escribe"
)
_REQUESTED = re.compile(
    rf"\b(?:(?:in|auf|en|{_VERBS}|only|nur)\s+(?:{_ANY_NAME})"
    rf"|(?:{_ANY_NAME.replace('(?P<', '(?P<_')})\s+only)\b",
    re.I,
)
_TRANSLATING = re.compile(
    r"\btranslat\w*|\bübersetz\w*|\btradui\w*|\btradu[cz]\w*"
    r"|\bhow (?:do|would|can|to) (?:\w+ )?say\b|\bwhat is (?:\W*\w+\W*){1,4} in"
    rf" (?:{'|'.join(_NAMES.values())})\b",
    re.I,
)
_REFUSED = re.compile(
    r"\b(?:not|never|n't|nicht|nie|kein\w*|pas|jamais|nunca|no|avoid)\b|n't\b", re.I
)
_SENTENCE = re.compile(r"[^.!?;,\n]+")
_LONGEST, _SAMPLE = 20_000, 400

_MARKERS = {
    "en": "i and is the what my how are you please hello a of to am it in do tell who that",
    "de": "ich und ist nicht wie was mein meine heiße der die das du bitte hallo guten wer mir sie"
    " ein eine kannst auf welche danke",
    "fr": "je et est quel quelle mon ma m'appelle j'ai bonjour salut vous comment le les une des"
    " que merci s'il moi tu qui combien",
    "es": "yo y es qué cuál mi me llamo hola buenos días cómo el los una por gracias tú está usted"
    " cuánto quién",
}
_MARKED = {code: frozenset(words.split()) for code, words in _MARKERS.items()}


def asks_for_translation(text: str) -> bool:
    """Whether a text asks to have something put into another language."""
    return _TRANSLATING.search(text[:_LONGEST]) is not None


def language_of(instructions: str) -> Language:
    """Return the language that instructions ask for; English where they ask for none."""
    return LANGUAGES[_requested(instructions[:_LONGEST]) or "en"]


def choose_language(prompt: Prompt) -> Language:
    """Return the language to answer in.

    It is the one that instructions or the user asked for last, or else the one the user writes.
    """
    said = [turn.text for turn in prompt.messages if turn.role == "user"]
    for text in reversed((prompt.system, *said)):
        code = _requested(text[:_LONGEST])
        if code:
            return LANGUAGES[code]
    return LANGUAGES[_written(prompt.last[:_SAMPLE])]


@lru_cache(maxsize=128)  # the instructions are the same in every call of a statement
def _requested(text: str) -> str:
    """Return the code of the language a text asks to be answered in, '' where it asks for none."""
    found = ""
    if not _NAMED.search(text):
        return found
    for clause in _SENTENCE.finditer(text):
        match = _REQUESTED.search(clause[0])
        if match is None or asks_for_translation(clause[0]):
            continue
        if _REFUSED.search(clause[0][: match.start()]):
            continue
        found = next(name.strip("_") for name, one in match.groupdict().items() if one)
    return found


def _written(text: str) -> str:
    """Return the code of the language a text seems to be written in; English if in doubt."""
    words = words_of(text)
    counts = Counter({code: sum(w in marked for w in words) for code, marked in _MARKED.items()})
    [(code, most), (_, second)] = counts.most_common(2)
    enough = most >= 2 or (most == 1 and len(words) <= 3)
    return code if enough and most > second else "en"
