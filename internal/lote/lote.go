// Package lote answers: what does a list of trusted entities say, and how is a registry said
// as one?
//
// It is the JSON form of ETSI TS 119 602 ("LoTE"), in a compact JAdES signature of baseline B
// (ETSI TS 119 182-1, "JAdES") with the signer's certificate. A list never forgets: what ended
// stays on it, and a service counts by the status that it had when something was issued.
//
// Where lists are, and which signers to pin, is left to others.
package lote

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"laurel/internal/jws"
	"laurel/internal/strictjson"
	"laurel/keys"
)

// Errors that callers decide on. Each error of Read is one of the two.
var (
	ErrRefused   = errors.New("the list is refused")
	ErrUndecided = errors.New("the list could not be read")
)

// Media is the media type of a signed list.
const Media = "application/jose"

// The budgets of a list.
const (
	maxChain   = 8
	maxHistory = 256
	maxIDs     = 64
)

var limits = strictjson.Limits{Bytes: 32 << 20, Depth: 16, Values: 3_000_000}

// The statuses of services: ours, those of public bodies' attestations (LoTE Annex H), and
// the one of trusted lists (ETSI TS 119 612 §5.5.4) that stands for a good word.
const (
	statusBase = "urn:obtr:svcstatus:"
	Granted    = statusBase + "granted"

	Notified         = "http://uri.etsi.org/19602/PubEAAProvidersList/SvcStatus/notified"
	GrantedOfTrusted = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
)

// PublicBodies is the type of service of public bodies that issue attestations (LoTE Annex H).
const PublicBodies = "http://uri.etsi.org/19602/SvcType/PubEAA/Issuance"

// didID and keyID are how identifiers and keys (RFC 9278) stand among the other identifiers
// of a service.
const (
	didID = "did:"
	keyID = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:"
)

// Trust is what a reader relies on. What is not named is not good.
type Trust struct {
	Signers  []*x509.Certificate // pinned certificates of signers
	Roots    *x509.CertPool      // above signers; nil: none
	Statuses []string            // that are a good word; empty: the three that are known here
	Services []string            // types of services that are for all awards, besides those that name one
}

// List is a list whose signature was verified.
type List struct {
	Type, Operator, Name string
	Sequence             int
	Issued               time.Time
	NextUpdate           time.Time // zero: the list is closed
	Entities             []Entity
	trust                Trust
}

// Entity is a trusted entity.
type Entity struct {
	Name     string
	Services []Service
}

// Service is something that an entity does, with its statuses, the latest first.
type Service struct {
	Type     string
	States   []State
	extended bool // it says more, which might restrict it
}

// State is what a service was from a moment on.
type State struct {
	Status string
	From   time.Time
	DIDs   []string
	Keys   []string // thumbprints
}

func refused(format string, values ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRefused}, values...)...)
}

// judged sorts errors: sizes and kinds of keys that this program does not take show nothing.
func judged(err error) error {
	if errors.Is(err, strictjson.ErrTooLarge) || errors.Is(err, keys.ErrUnsupported) {
		return fmt.Errorf("%w: %w", ErrUndecided, err)
	}
	return fmt.Errorf("%w: %w", ErrRefused, err)
}

var accepted = []string{jws.EdDSA, jws.ES256, jws.ES384, jws.RS256, jws.PS256}

// Read reads a list that a signer whom the caller trusts has signed. That it has run out is
// for its Snapshot to tell.
func Read(text string, trust Trust, now time.Time) (*List, error) {
	token, err := jws.Read(text, limits, "sigT", "iat")
	if err != nil {
		return nil, judged(err)
	}
	signer, err := signerOf(token, trust, now)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"", "JOSE", "jose", "JWT"}, token.Type) {
		return nil, refused("it is signed as %.40q", token.Type)
	}
	claims, err := token.Verify(token.Type, signer.PublicKey, accepted...)
	if err != nil {
		return nil, judged(err)
	}
	if len(trust.Statuses) == 0 {
		trust.Statuses = []string{Granted, Notified, GrantedOfTrusted}
	}
	l := &List{trust: trust}
	return l, l.read(claims.Member("LoTE"), now)
}

func (l *List) read(v strictjson.Value, now time.Time) (err error) {
	scheme := v.Member("ListAndSchemeInformation")
	if scheme.Member("LoTEVersionIdentifier").Number() != "1" {
		return fmt.Errorf("%w: its version is not 1", ErrUndecided)
	}
	l.Type, l.Operator, l.Name = scheme.Member("LoTEType").Text(), nameOf(scheme.Member("SchemeOperatorName")), nameOf(scheme.Member("SchemeName"))
	if l.Sequence, err = strconv.Atoi(string(scheme.Member("LoTESequenceNumber").Number())); err != nil || l.Sequence < 0 {
		return refused("its sequence number")
	}
	if l.Issued, err = moment(scheme.Member("ListIssueDateTime")); err != nil || l.Issued.After(now.Add(time.Minute)) {
		return refused("when it was issued")
	}
	next := scheme.Member("NextUpdate")
	if !next.Present() {
		return refused("it does not say when it will be updated")
	}
	if !next.Is(strictjson.Null) {
		if l.NextUpdate, err = moment(next); err != nil || !l.Issued.Before(l.NextUpdate) {
			return refused("when it will be updated")
		}
	}
	for item := range v.Member("TrustedEntitiesList").Items() {
		e := Entity{Name: nameOf(item.Member("TrustedEntityInformation").Member("TEName"))}
		for s := range item.Member("TrustedEntityServices").Items() {
			service, err := readService(s, now)
			if err != nil {
				return err
			}
			e.Services = append(e.Services, service)
		}
		l.Entities = append(l.Entities, e)
	}
	return nil
}

// nameOf returns the English text of a list of texts in languages, or else the first.
func nameOf(v strictjson.Value) string {
	for item := range v.Items() {
		if item.Member("lang").Text() == "en" {
			return item.Member("value").Text()
		}
	}
	return v.First().Member("value").Text()
}

func moment(v strictjson.Value) (time.Time, error) {
	text := v.Text()
	at, err := time.Parse(time.RFC3339, text)
	if err == nil && !strings.HasSuffix(text, "Z") { // LoTE §6.1: UTC
		err = errors.New("not in UTC")
	}
	return at.UTC(), err
}

// Follows refuses a list that may not take the place of an earlier one: an older one, another
// of the same number, or one that has forgotten a service (LoTE Annex H: they are withdrawn,
// not removed).
func (l *List) Follows(before *List) error {
	switch {
	case l.Type != before.Type:
		return refused("it is a list of another type")
	case l.Sequence < before.Sequence || l.Issued.Before(before.Issued):
		return refused("it is number %d; number %d was seen", l.Sequence, before.Sequence)
	}
	held := map[string]bool{}
	for id := range l.identities() {
		held[id] = true
	}
	for id := range before.identities() {
		if !held[id] {
			return refused("it has forgotten %.200q", id)
		}
	}
	return nil
}

// identities are the services by their types and identifiers, at any time.
func (l *List) identities() func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, e := range l.Entities {
			for _, s := range e.Services {
				for _, state := range s.States {
					for _, id := range state.DIDs {
						if !yield(s.Type + " " + id) {
							return
						}
					}
				}
			}
		}
	}
}
