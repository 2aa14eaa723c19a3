"""What letters say, by kind. English here, zh-CN and English texts in the catalogues."""

import msgspec

from server.web.translations import N_


class Text(msgspec.Struct, frozen=True):
    """One kind of letter. Each text may name the letter's facts: `%(organization)s`."""

    subject: str
    opening: str
    link: str = ""  # what opening the link does


TEXTS: dict[str, Text] = {
    "digest": Text(
        N_("Your resources: %(count)s pieces of news"),
        N_("This has happened on your resources since the last mail of this kind:\n%(news)s"),
    ),
    "erased": Text(
        N_("Your data has been erased"),
        N_(
            "Your account is closed. Your name and mail address have been removed from it and from your bookings, which"
            " were cancelled where they were still ahead. This is the last mail to this address."
        ),
    ),
    "hello": Text(
        N_("A test letter from Rongtong"),
        N_("%(name)s, this letter shows that mail arrives."),
        N_("Open Rongtong"),
    ),
    "verify": Text(
        N_("Confirm your mail address"),
        N_(
            "%(name)s, somebody signed up to Rongtong with this mail address. If it was you, open the link and confirm"
            " it with your password.\nIf it was not you, do nothing: without the password nothing happens."
        ),
        N_("Confirm the address"),
    ),
    "account-exists": Text(
        N_("You have an account already"),
        N_(
            "%(name)s, somebody wanted to sign up to Rongtong with this mail address, which has an account already. If"
            " it was you, sign in; if you do not know the password, choose a new one.\nIf it was not you, nothing has"
            " happened."
        ),
        N_("Choose a new password"),
    ),
    "reset": Text(
        N_("Choose a new password"),
        N_(
            "%(name)s, somebody asked for a new password for your account at Rongtong. The link works once and for an"
            " hour.\nIf it was not you, do nothing: your password stays as it is."
        ),
        N_("Choose a new password"),
    ),
    "password-changed": Text(
        N_("Your password was changed"),
        N_(
            "%(name)s, the password of your account at Rongtong was changed, and all other sessions were ended.\nIf it"
            " was not you, choose a new one at once."
        ),
        N_("Choose a new password"),
    ),
    "second-factor-on": Text(
        N_("Your account has a second factor now"),
        N_(
            "%(name)s, from now on signing in to Rongtong also needs a code of your authenticator.\nIf it was not you,"
            " tell the operator of the platform."
        ),
    ),
    "second-factor-off": Text(
        N_("Your account has no second factor any more"),
        N_(
            "%(name)s, signing in to Rongtong needs only your password again.\nIf it was not you, choose a new password"
            " and turn the second factor on again."
        ),
    ),
}
