// Package trqp answers: may this entity do that, in the words of the Trust Registry Query
// Protocol?
//
// It reads the requests of ToIP TRQP v2.0 ("TRQP"), and answers them from one snapshot of a
// registry: authorization, whether an issuer may issue awards of a type and level, and
// recognition, whether another authority is recognised for them. TRQP names no keys, so
// that the answer is about the issuer with the keys that are pinned for it; and it has one
// bit for what registry.Decide says in five answers, so that a message leads to those.
//
// Addresses, tokens (401) and the identifiers of requests are left to the server. TRQP v2.0
// has no call for metadata.
package trqp

import (
	"encoding/json"
	"time"

	"laurel/registry"
)

// MaxRequest bounds a request in bytes.
const MaxRequest = 64 << 10

// Config is what an authority says of itself. Authority is needed.
type Config struct {
	Authority  string                      // the registry's identifier, which leads to its governance framework
	Recognised []Authority                 // whom it recognises
	Verdict    func(registry.Query) string // the address of the whole verdict; nil: none is told
}

// Authority is another authority that is recognised for some resources, while it is.
type Authority struct {
	ID        string
	Resources []string // empty: all
	registry.Period
}

// Reply is what to answer over HTTP.
type Reply struct {
	Status int
	Media  string
	Body   []byte
}

// Authorization answers POST /authorization.
func (c Config) Authorization(body []byte, s *registry.Snapshot, now time.Time) Reply {
	r, problem := c.read(body, s, now)
	if problem != nil {
		return problem.reply()
	}
	q := registry.Query{
		Issuer: r.Entity, Keys: s.KeysOf(r.Entity, r.at), Award: r.award, Level: r.level,
		Jurisdiction: r.jurisdiction, Programmes: r.programmes, IssuedAt: r.at, Now: now,
	}
	d := s.Decide(q)
	if d.Entry == nil {
		if d.Summary == registry.NotListed {
			return unknown("entity").reply()
		}
		return stale("the copy of the registry is too old to say that it does not know the entity").reply()
	}
	authorized := d.Summary.Positive()
	message := d.Summary.String()
	if why := d.Reasons.Text(); why != "" {
		message += ": " + why
	}
	if c.Verdict != nil {
		message += "; " + c.Verdict(q)
	}
	a := r.answer(now, message)
	a.Authorized = &authorized
	return a.reply()
}

// Recognition answers POST /recognition.
func (c Config) Recognition(body []byte, s *registry.Snapshot, now time.Time) Reply {
	r, problem := c.read(body, s, now)
	if problem != nil {
		return problem.reply()
	}
	known, recognized := false, false
	for _, other := range c.Recognised {
		if other.ID != r.Entity {
			continue
		}
		known = true
		recognized = recognized || other.Holds(r.at) && other.covers(r.Resource)
	}
	if !known {
		return unknown("entity").reply()
	}
	a := r.answer(now, "")
	a.Recognized = &recognized
	return a.reply()
}

func (a Authority) covers(resource string) bool {
	for _, r := range a.Resources {
		if r == resource {
			return true
		}
	}
	return len(a.Resources) == 0
}

// read reads a request that this authority can answer: its own, about what it knows, of the
// past or present. Past its end a snapshot says nothing.
func (c Config) read(body []byte, s *registry.Snapshot, now time.Time) (*request, *problem) {
	r, err := readRequest(body, now)
	switch {
	case err != nil:
		return nil, &problem{badRequest, err.Error()}
	case r.Authority != c.Authority:
		return nil, unknown("authority")
	case r.Action != actionIssue:
		return nil, unknown("action")
	case r.level == 0:
		return nil, unknown("resource")
	case s == nil || s.FreshnessAt(now) == registry.Expired:
		return nil, stale("the copy of the registry has expired")
	}
	return r, nil
}

// answer is the shape of both answers (TRQP, authorization and recognition responses).
type answer struct {
	Entity     string            `json:"entity_id"`
	Authority  string            `json:"authority_id"`
	Action     string            `json:"action"`
	Resource   string            `json:"resource"`
	Authorized *bool             `json:"authorized,omitempty"`
	Recognized *bool             `json:"recognized,omitempty"`
	Requested  string            `json:"time_requested,omitempty"`
	Evaluated  string            `json:"time_evaluated"`
	Message    string            `json:"message,omitempty"`
	Context    map[string]string `json:"context,omitempty"`
}

func (r *request) answer(now time.Time, message string) answer {
	return answer{
		Entity: r.Entity, Authority: r.Authority, Action: r.Action, Resource: r.Resource,
		Requested: r.context["time"], Evaluated: now.UTC().Format(time.RFC3339), Message: message, Context: r.context,
	}
}

func (a answer) reply() Reply { return jsonReply(200, "application/json", a) }

// The statuses of errors (TRQP, RFC 9110 §15.5, §15.6).
const (
	badRequest  = 400
	notFound    = 404
	unavailable = 503
)

var titles = map[int]string{badRequest: "Bad Request", notFound: "Not Found", unavailable: "Service Unavailable"}

// problem is an error as RFC 7807 has it.
type problem struct {
	status int
	detail string
}

func unknown(what string) *problem {
	return &problem{notFound, "this " + what + " is not known here"}
}

func stale(why string) *problem { return &problem{unavailable, why} }

func (p *problem) reply() Reply {
	return jsonReply(p.status, "application/problem+json", map[string]any{
		"type": "about:blank", "title": titles[p.status], "status": p.status, "detail": p.detail,
	})
}

func jsonReply(status int, media string, v any) Reply {
	body, err := json.Marshal(v)
	if err != nil { // maps and texts only
		panic(err)
	}
	return Reply{status, media, body}
}
