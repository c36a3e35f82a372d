package verifier

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"laurel/internal/badge"
	"laurel/internal/did"
	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/schemas"
)

// schemaOf returns the schema of a credential's type, if it is one of Open Badges.
func schemaOf(c *vc.Credential) (schemas.Schema, bool) {
	is := func(name string) bool { return slices.Contains(c.Types, name) }
	v1 := c.Version == vc.V1
	switch {
	case is("OpenBadgeCredential") || is("AchievementCredential"):
		if v1 {
			return schemas.AchievementCredentialV1, true
		}
		return schemas.AchievementCredential, true
	case is("ClrCredential"):
		if v1 {
			return schemas.ClrCredentialV1, true
		}
		return schemas.ClrCredential, true
	case is("EndorsementCredential"):
		if v1 {
			return schemas.EndorsementCredentialV1, true
		}
		return schemas.EndorsementCredential, true
	}
	return "", false
}

// schema holds a badge to the schema of its type (OB §8.1 step 1).
func (w *walk) schema(c *vc.Credential, document strictjson.Value) {
	s, isBadge := schemaOf(c)
	if !isBadge {
		w.set("schema-not-a-badge")
		return
	}
	if s == schemas.ClrCredential || s == schemas.ClrCredentialV1 {
		document = strictjson.Of(outlined(document.Object()))
	}
	if badge.Fits(s, document) {
		w.set("schema-ok")
		return
	}
	tree := document.Object()
	if !schemas.Fits(tree) {
		w.set("schema-too-large")
		return
	}
	if values, _ := document.Extent(); values > maxExplained {
		w.set("schema-invalid", "the document does not have the shape of its type")
		return
	}
	if violations := schemas.Validate(s, tree); len(violations) > 0 {
		w.set("schema-invalid", violations[0].Message)
		return
	}
	w.set("schema-ok")
}

// maxExplained bounds the values of a document of which is said what breaks its schema, which
// takes many times as long as finding out that something does.
const maxExplained = 2500

// outlined returns a learner record in which each credential, which is judged by itself, is
// no more than its contexts and types.
func outlined(record map[string]any) map[string]any {
	subject, ok := record["credentialSubject"].(map[string]any)
	if !ok {
		return record
	}
	var outlines []any
	for _, item := range listOf(subject["verifiableCredential"]) {
		if credential, ok := item.(map[string]any); ok {
			outline := map[string]any{}
			for _, name := range []string{"@context", "type"} {
				if v, present := credential[name]; present {
					outline[name] = v
				}
			}
			item = outline
		}
		outlines = append(outlines, item)
	}
	record, subject = maps.Clone(record), maps.Clone(subject)
	record["credentialSubject"] = subject
	if _, present := subject["verifiableCredential"]; present {
		subject["verifiableCredential"] = outlines
	}
	return record
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

// resolve finds the key of a verification method (CID §3.3) and holds it to its period.
func (w *walk) resolve(ctx context.Context, method, purpose string) (proof.Method, error) {
	m, controller, err := w.resolver.Method(ctx, method, did.Relationship(purpose))
	return w.method(m, controller, err)
}

// resolveKeyID finds the key that a token names (OB §8.2.2).
func (w *walk) resolveKeyID(ctx context.Context, kid, issuer, purpose string) (proof.Method, error) {
	m, controller, err := w.resolver.KeyID(ctx, kid, issuer, did.Relationship(purpose))
	return w.method(m, controller, err)
}

// resolveIssuerKey finds the key of the issuer of an SD-JWT VC (SD-JWT VC §2.5, §4).
func (w *walk) resolveIssuerKey(ctx context.Context, kid, issuer, purpose string) (proof.Method, error) {
	m, controller, err := w.resolver.IssuerKey(ctx, kid, issuer, did.Relationship(purpose))
	return w.method(m, controller, err)
}

func (w *walk) method(m did.Method, controller string, err error) (proof.Method, error) {
	if err == nil {
		err = m.UsableAt(w.at())
	}
	if did.Undecided(err) {
		err = fmt.Errorf("%w: %w", proof.ErrUndecided, err)
	}
	return proof.Method{Key: m.Key, Controller: controller, Algorithm: m.Algorithm}, err
}

// proofs records how the checks of the proofs ended (VC-DI §4.4, OB §8.2.4).
func (w *walk) proofs(verified *proof.Verified, outcomes []proof.Outcome, err error) {
	switch {
	case verified != nil:
		if slices.ContainsFunc(outcomes, func(o proof.Outcome) bool { return o.Err == nil && o.Suite == proof.ECDSASD2023 }) {
			w.set("proof-selective")
		}
		w.set("proof-ok")
		for _, o := range outcomes {
			if o.Err != nil {
				w.set("proof-partial", o.Err)
			}
		}
	case len(outcomes) == 0 && !errors.Is(err, proof.ErrUndecided):
		w.set("proof-missing")
	case errors.Is(err, proof.ErrUndecided) && w.bundle != nil && w.bundle.withheld:
		w.set("proof-bundle-word", w.bundle.witness)
	case errors.Is(err, proof.ErrUndecided):
		w.set("proof-undecided", detail(err, proof.ErrUndecided))
	case errors.Is(err, proof.ErrChallenge), errors.Is(err, proof.ErrDomain):
		w.set("proof-not-for-you", err)
	case errors.Is(err, proof.ErrExpired):
		w.set("proof-expired", err)
	case errors.Is(err, did.ErrRevoked):
		w.set("proof-key-withdrawn", detail(err, did.ErrRevoked))
	case errors.Is(err, did.ErrMethodNotFound):
		w.set("proof-key-unpublished", detail(err, did.ErrMethodNotFound))
	default:
		w.set("proof-invalid", err)
	}
}

// issuer demands a verified proof whose key the issuer itself controls: a stranger's good
// proof adds nothing (CID §3.3, RFC 8725 §3.8).
func (w *walk) issuer(c *vc.Credential, verified *proof.Verified) bool {
	attributed := false
	if controlledBy(verified, c.Issuer) {
		w.set("issuer-ok")
		return true
	}
	for _, o := range verified.Outcomes() {
		attributed = attributed || o.Err == nil && o.Controller != ""
	}
	if attributed {
		w.set("issuer-mismatch")
	} else {
		w.set("issuer-unattributed")
	}
	return false
}

// controlledBy reports whether a proof that verified was made with a key of this controller.
func controlledBy(verified *proof.Verified, controller string) bool {
	return controller != "" && slices.ContainsFunc(verified.Outcomes(), func(o proof.Outcome) bool {
		return o.Err == nil && o.Controller == controller
	})
}

// validity compares the period with the moment (VC-DM §4.9, OB §8.1 step 4).
func (w *walk) validity(c *vc.Credential) {
	switch {
	case c.ValidFrom != nil && w.at().Before(*c.ValidFrom):
		w.set("validity-not-yet", vc.FormatTime(*c.ValidFrom))
	case c.ValidUntil != nil && w.at().After(*c.ValidUntil):
		w.set("validity-expired", vc.FormatTime(*c.ValidUntil))
	default:
		w.set("validity-ok")
	}
}
