"""How a conversion ends when it cannot be done: one line that names what, and the exit code of the command line."""

FAILURE, USAGE, DATA, MODEL = 1, 2, 3, 4            # as of lstmfc: cannot be done here, a bad flag, bad data, a bad model file


class Refused(Exception):
    """The file, or something in it by its name, cannot be converted, and why."""

    def __init__(self, message, code=MODEL):
        super().__init__(message)
        self.code = code


class Notes(list):
    """What was decided on the way and changes no answer: told on stderr, each once."""

    def say(self, text):
        if text not in self:
            self.append(text)


def cut(text, most=60):
    """A name from a file for a message: one line of printable characters."""
    text = "".join(c if c.isprintable() else "?" for c in str(text))
    return text if len(text) <= most else text[:most - 3] + "..."
