package verifier

import (
	"context"
	"maps"
	"slices"

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
		for _, item := range listOf(subject["verifiableCredential"]) {
			object, _ := item.(map[string]any)
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
func otherPerson(subject map[string]any, c *vc.Credential) bool {
	id, _ := subject["id"].(string)
	return id != "" && !slices.ContainsFunc(c.Subjects, func(s map[string]any) bool {
		other, named := s["id"].(string)
		return !named || other == id
	})
}

// endorsements judges every endorsement in the document, at credential, achievement and
// profile (OB §8.1 step 6), each alone. They never lend the badge anything.
func (w *walk) endorsements(ctx context.Context, tree map[string]any) {
	if w.role == asEndorsement {
		return
	}
	w.set("endorsements-none")
	w.endorsementsOf(ctx, tree)
}

func (w *walk) endorsementsOf(ctx context.Context, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, item := range listOf(v["endorsement"]) {
			object, _ := item.(map[string]any)
			w.endorsement(v, func(inner *walk) { inner.object(ctx, object) })
		}
		for _, item := range listOf(v["endorsementJwt"]) {
			text, _ := item.(string)
			w.endorsement(v, func(inner *walk) { inner.token(ctx, text) })
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			// What stands in other credentials is theirs.
			if name != "endorsement" && name != "endorsementJwt" && name != "verifiableCredential" {
				w.endorsementsOf(ctx, v[name])
			}
		}
	case []any:
		for _, item := range v {
			w.endorsementsOf(ctx, item)
		}
	}
}

// endorsement judges one endorsement of the thing that carries it.
func (w *walk) endorsement(of map[string]any, look func(inner *walk)) {
	inner := w.part(asEndorsement)
	if inner == nil {
		w.set("endorsements-too-many")
		return
	}
	look(inner)
	w.inside = append(w.inside, Part{PartEndorsement, inner.report()})
	id, _ := of["id"].(string)
	switch about := inner.credential; {
	case inner.verdict() != Valid:
		w.set("endorsements-invalid", inner.worst())
	case about == nil || about.Endorsement == nil || id == "" || about.Endorsement.Of != id:
		w.set("endorsements-of-another")
	default:
		w.set("endorsements-ok")
	}
}

// listOf returns a value as the list that it may stand for.
func listOf(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}
