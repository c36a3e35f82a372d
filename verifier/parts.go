package verifier

import (
	"context"
	"slices"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// contain judges one credential within the document, alone, and lets its verdict count.
func (w *walk) contain(look func(inner *walk)) {
	inner := w.part(asPart)
	if inner == nil {
		w.set("credentials-too-many")
		return
	}
	look(inner)
	w.inside = append(w.inside, Part{PartCredential, inner.report()})
	switch inner.verdict() {
	case Valid:
		w.set("credentials-ok")
	case Indeterminate:
		w.set("credentials-undecided", inner.worst())
	default:
		w.set(w.codeOfInvalid(inner), inner.worst())
	}
}

// codeOfInvalid: a learner record keeps what expired since it was made, as a history. What
// is wrong in any other way, or is shown as if it held, spoils the whole.
func (w *walk) codeOfInvalid(inner *walk) string {
	if w.presentation == nil && inner.onlyFailed("validity-expired") {
		return "credentials-expired"
	}
	return "credentials-invalid"
}

// credentials judges the credentials of a learner record (CLR 2.0, ClrSubject).
func (w *walk) credentials(ctx context.Context, c *vc.Credential) {
	if !slices.Contains(c.Types, "ClrCredential") {
		return
	}
	for _, subject := range c.Subjects {
		for object := range subject.Member("verifiableCredential").Listed() {
			w.contain(func(inner *walk) {
				inner.object(ctx, object)
				if inner.verified != nil && otherPerson(subject, inner.read) {
					w.set("credentials-other-person")
				}
			})
		}
	}
}

// otherPerson compares the identifiers where both have one.
func otherPerson(subject strictjson.Value, c *vc.Credential) bool {
	id := text(subject, "id")
	return id != "" && !slices.ContainsFunc(c.Subjects, func(s strictjson.Value) bool {
		other, named := s.Member("id").IsText()
		return !named || other == id
	})
}

// endorsements judges every endorsement in the document, at credential, achievement and
// profile (OB §8.1 step 6), each alone. They never lend the badge anything.
func (w *walk) endorsements(ctx context.Context, document strictjson.Value) {
	if w.role == asEndorsement {
		return
	}
	w.set("endorsements-none")
	if document.Mentions("endorsement") || document.Mentions("endorsementJwt") {
		w.endorsementsOf(ctx, document)
	}
}

func (w *walk) endorsementsOf(ctx context.Context, v strictjson.Value) {
	for item := range v.Items() {
		w.endorsementsOf(ctx, item)
	}
	for object := range v.Member("endorsement").Listed() {
		w.endorsement(v, func(inner *walk) { inner.object(ctx, object) })
	}
	for token := range v.Member("endorsementJwt").Listed() {
		w.endorsement(v, func(inner *walk) { inner.token(ctx, token.Text()) })
	}
	for name, member := range v.Members() {
		// What stands in other credentials is theirs.
		if name != "endorsement" && name != "endorsementJwt" && name != "verifiableCredential" {
			w.endorsementsOf(ctx, member)
		}
	}
}

// endorsement judges one endorsement of the thing that carries it.
func (w *walk) endorsement(of strictjson.Value, look func(inner *walk)) {
	inner := w.part(asEndorsement)
	if inner == nil {
		w.set("endorsements-too-many")
		return
	}
	look(inner)
	w.inside = append(w.inside, Part{PartEndorsement, inner.report()})
	id := text(of, "id")
	switch about := inner.credential; {
	case inner.verdict() != Valid:
		w.set("endorsements-invalid", inner.worst())
	case about == nil || about.Endorsement == nil || id == "" || about.Endorsement.Of != id:
		w.set("endorsements-of-another")
	default:
		w.set("endorsements-ok")
	}
}
