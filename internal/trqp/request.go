package trqp

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

// actionIssue is the one action that is known: to issue awards.
const actionIssue = "issue"

const (
	maxText = 2048 // bytes of one text
	// skew is how far a client's clock may be ahead.
	skew = 2 * time.Minute
)

var limits = strictjson.Limits{Bytes: MaxRequest, Depth: 4, Values: 128}

// request is a request that was read, of either kind.
type request struct {
	Entity, Authority, Action, Resource string

	context      map[string]string // as it came
	at           time.Time         // for which to decide
	award        string
	level        int // 0: the resource is not one of ours
	jurisdiction string
	programmes   []string
}

// readRequest reads a request. Members of the context that are not known change nothing and
// are echoed.
func readRequest(body []byte, now time.Time) (*request, error) {
	v, err := strictjson.ReadObject(body, limits)
	if err != nil {
		return nil, fmt.Errorf("the request is not strict JSON: %w", err)
	}
	r := &request{at: now}
	for _, m := range [...]struct {
		name string
		into *string
	}{{"entity_id", &r.Entity}, {"authority_id", &r.Authority}, {"action", &r.Action}, {"resource", &r.Resource}} {
		text, ok := v.Member(m.name).IsText()
		if !ok || !isURIText(text) {
			return nil, fmt.Errorf("%s is needed, in the characters of a URI", m.name)
		}
		*m.into = text
	}
	if err := r.readContext(v.Member("context"), now); err != nil {
		return nil, err
	}
	r.readResource()
	return r, nil
}

// uriText is what RFC 3986 §2 lets a reference consist of.
var uriText = regexp.MustCompile(`^(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$`)

func isURIText(text string) bool { return len(text) <= maxText && uriText.MatchString(text) }

func (r *request) readContext(v strictjson.Value, now time.Time) error {
	if !v.Present() {
		return nil
	}
	if !v.Is(strictjson.Object) {
		return errors.New("context is not an object")
	}
	r.context = map[string]string{}
	for name, member := range v.Members() {
		text, ok := member.IsText()
		if !ok || len(text) > maxText {
			return fmt.Errorf("context.%.40s is not a text, or too long", name)
		}
		r.context[name] = text
	}
	r.jurisdiction = r.context["jurisdiction"]
	if p := r.context["programme"]; p != "" {
		r.programmes = []string{p}
	}
	if text, ok := r.context["time"]; ok {
		return r.readTime(text, now)
	}
	return nil
}

// readTime reads a moment of RFC 3339 in UTC, written with Z. Of the future nothing is known.
func (r *request) readTime(text string, now time.Time) error {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !strings.HasSuffix(text, "Z") || strings.ContainsAny(text, ", t") {
		return errors.New("context.time is not a moment of RFC 3339 that ends in Z")
	}
	if at.After(now.Add(skew)) {
		return errors.New("context.time is in the future")
	}
	if at.Before(now) {
		r.at = at
	}
	return nil
}

var award = regexp.MustCompile(`^urn:obtr:award:(degree|microcredential):eqf:([1-8])$`)

// Resource is the URN of awards of a type at an EQF level, for which TRQP is asked.
func Resource(awardType string, level int) string {
	return "urn:obtr:award:" + awardType + ":eqf:" + strconv.Itoa(level)
}

func (r *request) readResource() {
	if m := award.FindStringSubmatch(r.Resource); m != nil {
		r.award = m[1]
		r.level, _ = strconv.Atoi(m[2]) // one digit
	}
}
