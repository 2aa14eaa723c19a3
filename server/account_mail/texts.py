"""What letters say, by kind. English here, zh-CN and English texts in the catalogues."""

import msgspec

from server.core.translations import N_


class Text(msgspec.Struct, frozen=True):
    """One kind of letter. Each text may name the letter's facts: `%(organization)s`."""

    subject: str
    opening: str
    link: str = ""  # what opening the link does


TEXTS: dict[str, Text] = {
    "export_ready": Text(
        N_("The table that you asked for is ready"),
        N_("%(name)s, the table is ready to be fetched with this link until %(until)s, signed in to your account."),
        N_("Fetch the table"),
    ),
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
    "account_exists": Text(
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
    "password_changed": Text(
        N_("Your password was changed"),
        N_(
            "%(name)s, the password of your account at Rongtong was changed, and all other sessions were ended.\nIf it"
            " was not you, choose a new one at once."
        ),
        N_("Choose a new password"),
    ),
    "second_factor_on": Text(
        N_("Your account has a second factor now"),
        N_(
            "%(name)s, from now on signing in to Rongtong also needs a code of your authenticator.\nIf it was not you,"
            " tell the operator of the platform."
        ),
    ),
    "second_factor_off": Text(
        N_("Your account has no second factor any more"),
        N_(
            "%(name)s, signing in to Rongtong needs only your password again.\nIf it was not you, choose a new password"
            " and turn the second factor on again."
        ),
    ),
    "invitation": Text(
        N_("%(organization)s invites you to Rongtong"),
        N_("%(name)s of %(organization)s invites you to join them on Rongtong. The link works once, for seven days."),
        N_("Accept the invitation"),
    ),
    "join_requested": Text(
        N_("%(name)s asks to join your organization"),
        N_("%(name)s (%(email)s) asks to join your organization on Rongtong. An admin accepts or refuses it."),
    ),
    "join_accepted": Text(
        N_("You are now a member of %(organization)s"),
        N_("%(name)s, %(organization)s has accepted you. You can book for it now."),
        N_("Open Rongtong"),
    ),
    "join_refused": Text(
        N_("%(organization)s has not accepted your request"),
        N_("%(name)s, %(organization)s has not accepted your request to join. One of its admins can tell you why."),
    ),
    "member_removed": Text(
        N_("You are no longer a member of %(organization)s"),
        N_("%(name)s, an admin of %(organization)s has ended your membership, and with it your tokens and feeds."),
    ),
    "organization_verified": Text(
        N_("%(organization)s is verified"),
        N_("%(name)s, the operator has verified %(organization)s: %(reason)s"),
    ),
    "organization_rejected": Text(
        N_("%(organization)s could not be verified"),
        N_("%(name)s, the operator could not verify %(organization)s: %(reason)s. Correct it, and ask again."),
    ),
    "organization_suspended": Text(
        N_("%(organization)s is suspended"),
        N_("%(name)s, the operator has suspended %(organization)s: %(reason)s. Its people can still read and cancel."),
    ),
    "organization_reinstated": Text(
        N_("%(organization)s is no longer suspended"),
        N_("%(name)s, the operator has ended the suspension of %(organization)s: %(reason)s"),
    ),
    "organization_merged": Text(
        N_("%(organization)s is now a part of %(into)s"),
        N_("%(name)s, the operator has merged %(organization)s into %(into)s: %(reason)s. All it had is there now."),
    ),
    "webhook_disabled": Text(
        N_("The webhook to %(host)s was switched off"),
        N_(
            "%(name)s, the webhook of your organization to %(host)s has taken nothing since %(since)s (%(error)s) and"
            " was switched off. What it missed waits. When it works again, switch it on: PATCH /api/v1/webhooks with"
            " enabled: true."
        ),
    ),
    "foreign_conflict": Text(
        N_("%(resource)s: a calendar meets bookings"),
        N_(
            "%(name)s, the calendar %(calendar)s says that %(resource)s is busy at a time for which %(count)s bookings"
            " were made, the first at %(when)s. The bookings stand. Move or cancel them, or change your calendar."
        ),
    ),
    "foreign_unclear": Text(
        N_("%(resource)s: lines of a calendar cannot be understood"),
        N_(
            "%(name)s, these lines of the calendar %(calendar)s of %(resource)s cannot be understood. What is not"
            " understood is not free: it is blocked where that can be told.\n%(lines)s\nCorrect them in that calendar,"
            " or close the time here. This letter comes once for the same lines."
        ),
    ),
    "foreign_stale": Text(
        N_("%(resource)s: a calendar cannot be read"),
        N_(
            "%(name)s, the calendar %(calendar)s of %(resource)s could not be read since %(when)s: %(error)s. What was"
            " read before stands, and changes since then are not known. It is tried again and again."
        ),
    ),
    "application_received": Text(
        N_("%(person)s applies for %(qualification)s"),
        N_("%(name)s, %(person)s of %(organization)s applies for %(qualification)s. Look at the proof, and decide."),
        N_("Look at the application"),
    ),
    "application_granted": Text(
        N_("You have the qualification %(qualification)s"),
        N_("%(name)s, %(owner)s has granted you %(qualification)s. You can book what demands it now. %(reason)s"),
        N_("See your qualifications"),
    ),
    "application_declined": Text(
        N_("%(owner)s has not granted you %(qualification)s"),
        N_("%(name)s, %(owner)s has not granted you %(qualification)s: %(reason)s You can apply again."),
        N_("See your qualifications"),
    ),
    "foreign_gone": Text(
        N_("%(resource)s: a calendar is not at its address any more"),
        N_(
            "%(name)s, the address of the calendar %(calendar)s of %(resource)s leads nowhere any more: %(error)s. It"
            " was last read at %(when)s, and what was read then stands. Give its new address, or remove it."
        ),
    ),
}
