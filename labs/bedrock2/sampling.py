"""Do by hand what temperature, top-k and top-p do to the next word.

No model is asked. Three words may come next; the model gave each a chance.
"""

import random

START = {"tea": 0.7, "coffee": 0.2, "cocoa": 0.1}


def share(weights):
    """Return weights as chances that add up to 1."""
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()}


def temperature(chances, value):
    """Raise each chance to the power of 1 / value, then share anew."""
    if value == 0:  # always the likeliest
        return {max(chances, key=chances.get): 1.0}
    return share({word: p ** (1 / value) for word, p in chances.items()})


def top_k(chances, count):
    """Keep the `count` likeliest words."""
    likeliest = sorted(chances, key=chances.get, reverse=True)
    return share({word: chances[word] for word in likeliest[:count]})


def top_p(chances, limit):
    """Keep the likeliest words until their chances reach `limit` together."""
    kept, reached = {}, 0.0
    for word in sorted(chances, key=chances.get, reverse=True):
        if round(reached, 9) >= limit:
            break
        kept[word] = chances[word]
        reached += chances[word]
    return share(kept)


def show(step, chances):
    """Print the words that are left, and their chances."""
    words = "  ".join(f"{word} {p:.3f}" for word, p in chances.items())
    print(f"{step:17} {words}")


show("start", START)
show("temperature 0.5", temperature(START, 0.5))
show("temperature 2", temperature(START, 2))
show("temperature 0", temperature(START, 0))
show("topK 2", top_k(START, 2))
show("topP 0.7", top_p(START, 0.7))
show("topP 0.9", top_p(START, 0.9))
show("topP 0.1", top_p(START, 0.1))

print("One after the other:")
flat = temperature(START, 2)
show("temperature 2", flat)
two = top_k(flat, 2)
show("then topK 2", two)
show("then topP 0.6", top_p(two, 0.6))

dice = random.Random(7)  # the same draws each time
drawn = dice.choices(list(START), weights=START.values(), k=1000)
print("1000 draws from the start:")
show("drawn", share({word: drawn.count(word) for word in START}))
