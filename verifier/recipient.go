package verifier

import (
	"net/mail"
	"strings"
	"unicode"

	"laurel/internal/badge"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// recipient compares the person that the caller named, and the one who presented the
// badge, with its subject (OB §8.1 step 5).
func (w *walk) recipient(c *vc.Credential) {
	if w.role == asEndorsement {
		return // which is about a thing
	}
	switch {
	case w.verified.HolderBound() && w.request.Challenge == "":
		w.set("recipient-unasked")
	case w.verified.HolderBound():
		w.set("recipient-presented")
	case w.presenter != "":
		w.presentedBySubject(c)
	}
	w.named(func(given string) (match, known bool) {
		for _, s := range c.Subjects {
			m, k := compare(s, given)
			match, known = match || m, known || k
		}
		return match, known
	})
}

// named records what comparing with the person whom the caller named comes to: whether the
// badge is theirs, and whether it has anything of that kind to compare with.
func (w *walk) named(compare func(given string) (match, known bool)) {
	given := strings.TrimSpace(w.request.Recipient)
	switch {
	case w.request.unclear != nil:
		w.set("recipient-unclear", w.request.unclear)
		return
	case given == "":
		w.set("recipient-not-asked")
		return
	}
	switch match, known := compare(given); {
	case match:
		w.set("recipient-ok")
	case known:
		w.set("recipient-mismatch")
	default:
		w.set("recipient-incomparable", kindOfIdentifier(given))
	}
}

// presentedBySubject compares identifiers, where subjects have one: others may show a badge
// for its earner, but then nothing says that they are the earner.
func (w *walk) presentedBySubject(c *vc.Credential) {
	for _, s := range c.Subjects {
		if text(s, "id") == w.presenter {
			w.set("recipient-presented")
			return
		}
	}
	w.set("recipient-presented-by-another")
}

// The kinds of what a caller knows of a person.
const (
	byAddress    = "e-mail address"
	byIdentifier = "identifier"
	byName       = "name"
)

func kindOfIdentifier(given string) string {
	if a, err := mail.ParseAddress(given); err == nil && a.Address == given {
		return byAddress
	}
	if jsonld.IsIRI(given) {
		return byIdentifier
	}
	return byName
}

// compare tells whether a subject is the person, and whether it has anything of that kind
// to compare with: a badge that knows its earner by address says nothing about a name.
func compare(subject strictjson.Value, given string) (match, known bool) {
	kind := kindOfIdentifier(given)
	id := text(subject, "id")
	switch {
	case kind == byIdentifier && id != "":
		known, match = true, id == given
	case kind == byAddress && strings.HasPrefix(id, "mailto:"):
		known, match = true, strings.EqualFold(id, "mailto:"+given)
	}
	if name, ok := subject.Member("name").IsText(); ok && kind == byName {
		known, match = true, match || badge.SameName(name, given)
	}
	for _, identity := range badge.Identities(subject) {
		m := identity.Matches(given)
		known, match = known || m || ofKind(identity, kind, given), match || m
	}
	return match, known
}

// ofKind tells whether an identity can show that it is not the person's. One of a kind of
// its own, such as a student number, says nothing about an address or a name.
func ofKind(identity badge.IdentityObject, kind, given string) bool {
	switch identity.IdentityType {
	case "emailAddress":
		return kind == byAddress
	case "name":
		return kind == byName
	}
	return kind == byIdentifier || kind == byName && strings.ContainsFunc(given, unicode.IsDigit)
}

// recipientOf compares the one identity of a badge of Open Badges 2.0.
func (w *walk) recipientOf(identity badge.IdentityObject) {
	w.named(func(given string) (match, known bool) {
		match = identity.Matches(given)
		return match, match || ofKind(identity, kindOfIdentifier(given), given)
	})
}
