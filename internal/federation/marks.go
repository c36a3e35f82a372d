package federation

import (
	"context"
	"strings"
	"time"

	"laurel/internal/jws"
	"laurel/internal/strictjson"
)

// Mark is a trust mark that holds (OIDF §7): somebody whom the anchor allows to says that a
// subject is of a type.
type Mark struct {
	Type, Issuer, Subject string
	Issued, Expires       time.Time // no end: the zero time
}

const maxMarks = 16

// Marks returns the trust marks of a chain's subject that hold, and the errors of the others.
func (r *Resolver) Marks(ctx context.Context, c *Chain) (all []Mark, errs []error) {
	seen := 0
	for item := range c.marks.Items() {
		if seen++; seen > maxMarks {
			return all, append(errs, undecided("more than %d trust marks", maxMarks))
		}
		m, err := r.Mark(ctx, c, item.Member("trust_mark").Text())
		if err == nil && m.Type != item.Member("trust_mark_type").Text() {
			err = refused("a trust mark is of another type than it is said to be")
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, *m)
	}
	return all, errs
}

// Mark checks one trust mark of a chain's subject (OIDF §7.3). A type for which the anchor
// names no issuers, or all, is nobody's word and refused.
func (r *Resolver) Mark(ctx context.Context, c *Chain, text string) (*Mark, error) {
	token, err := jws.Read(text, limits)
	if err != nil {
		return nil, judged("the trust mark", err)
	}
	m, err := readMark(token)
	if err != nil {
		return nil, err
	}
	if m.Subject != c.Subject {
		return nil, refused("the trust mark is another's")
	}
	if err := m.inTime(r.Now()); err != nil {
		return nil, err
	}
	allowed := false
	for item := range c.anchor.claims.Member("trust_mark_issuers").Member(m.Type).Items() {
		allowed = allowed || item.Text() == m.Issuer
	}
	if !allowed {
		return nil, refused("%s may not issue trust marks of this type", m.Issuer)
	}
	issuer := c.anchor
	if m.Issuer != c.Anchor {
		chain, err := r.Resolve(ctx, m.Issuer)
		if err != nil {
			return nil, err
		}
		if chain.Anchor != c.Anchor {
			return nil, refused("%s is under another anchor", m.Issuer)
		}
		issuer = chain.about
	}
	if _, err := issuer.signed(token, typeMark); err != nil {
		return nil, err
	}
	owner := c.anchor.claims.Member("trust_mark_owners").Member(m.Type)
	return m, m.delegated(owner, token.Unverified().Member("delegation").Text(), r.Now())
}

func readMark(token *jws.Token) (*Mark, error) {
	claims := token.Unverified()
	m := &Mark{Type: claims.Member("trust_mark_type").Text(), Issuer: claims.Member("iss").Text(), Subject: claims.Member("sub").Text()}
	var err error
	if m.Issued, err = jws.Moment(claims.Member("iat")); err != nil || m.Type == "" || m.Issuer == "" || m.Subject == "" || token.KeyID == "" {
		return nil, refused("a trust mark needs iss, sub, trust_mark_type, iat and a kid")
	}
	if exp := claims.Member("exp"); exp.Present() {
		if m.Expires, err = jws.Moment(exp); err != nil {
			return nil, judged("the trust mark's exp", err)
		}
	}
	return m, nil
}

func (m *Mark) inTime(now time.Time) error {
	end := m.Expires
	if end.IsZero() {
		end = now.Add(time.Hour)
	}
	return inTime(m.Issued, end, now)
}

// delegated checks that the owner of a type, if the anchor names one, lets the issuer issue
// its marks (OIDF §7.2).
func (m *Mark) delegated(owner strictjson.Value, text string, now time.Time) error {
	if !owner.Present() {
		return nil
	}
	set, err := keySet(owner.Member("jwks"))
	if err != nil {
		return err
	}
	token, err := jws.Read(text, limits)
	if err != nil {
		return judged("the delegation of a trust mark", err)
	}
	claims, err := signedBy(token, typeDelegation, owner.Member("jwks"), set)
	if err != nil {
		return err
	}
	if claims.Member("iss").Text() != owner.Member("sub").Text() || claims.Member("sub").Text() != m.Issuer ||
		claims.Member("trust_mark_type").Text() != m.Type {
		return refused("the delegation is for another trust mark")
	}
	d := Mark{}
	if d.Issued, err = jws.Moment(claims.Member("iat")); err != nil {
		return judged("the delegation's iat", err)
	}
	if exp := claims.Member("exp"); exp.Present() {
		if d.Expires, err = jws.Moment(exp); err != nil {
			return judged("the delegation's exp", err)
		}
	}
	return d.inTime(now)
}

// markPath is where, under an anchor's identifier, the types of its own marks stand.
const markPath = "/tm/"

// MarkType is the type of the trust marks that an anchor gives for a class of grant; empty:
// none.
func (a *Anchor) MarkType(class string) string {
	if name := markNames[class]; name != "" {
		return strings.TrimSuffix(a.ID, "/") + markPath + name
	}
	return ""
}
