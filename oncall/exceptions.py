"""What the verbs of the product refuse, in sentences that are shown as they are.

Decides the two kinds of refusal. It does not decide how each is answered: `config/middleware.py` does for screens and
`config/api.py` for the API.
"""


class Conflict(Exception):
    """A move that the state of a thing does not allow: "INC-7 is resolved already." Answered with 409.

    The message is one sentence for the person who asked; it says who moved the thing and when, where that is known.
    """


class NotAllowed(Exception):
    """A move that this person may not make although they may see the thing. Answered with 403.

    The message is one sentence that says who may.
    """
