"""E-mail addresses: what a person's record says of theirs is what allauth's table says."""

from allauth.account.models import EmailAddress

from commonhub.communities.people import Person


def sync(person: Person) -> None:
    """After: allauth knows the person's address, and that it is theirs where that was shown.

    Without it allauth takes an address that it has not verified itself for one that may be dropped.
    """
    if not person.email:
        return
    address, made = EmailAddress.objects.get_or_create(
        user=person,
        email=person.email.lower(),
        defaults={"primary": True, "verified": person.email_verified is not None},
    )
    if not made and person.email_verified is not None and not (address.verified and address.primary):
        EmailAddress.objects.filter(pk=address.pk).update(verified=True, primary=True)
