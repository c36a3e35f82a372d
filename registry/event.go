package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

// EventType is a kind of decision that the operator of a registry takes.
type EventType string

// The types of events.
const (
	EventGrant       EventType = "grant"       // it may award this
	EventAmend       EventType = "amend"       // a name or place is another, or a grant or condition ends sooner
	EventCondition   EventType = "condition"   // there is something to know
	EventSuspend     EventType = "suspend"     // it does not count for the time being
	EventReinstate   EventType = "reinstate"   // it counts again
	EventWithdraw    EventType = "withdraw"    // it leaves in good order
	EventRevoke      EventType = "revoke"      // it should not have been listed from a moment on
	EventBlacklist   EventType = "blacklist"   // the registry warns of it
	EventUnblacklist EventType = "unblacklist" // it no longer does
	EventGrade       EventType = "grade"       // how good an assessor found it
	EventInspection  EventType = "inspection"  // it was drawn for inspection, or this was found
	EventBindingAdd  EventType = "binding_add" // it issues under this identifier with these keys
	EventBindingEnd  EventType = "binding_end" // it does no longer
	EventKeyEnd      EventType = "key_end"     // this key is no longer its own
	EventRecheck     EventType = "recheck"     // what the evidence of a binding rests on is gone, or there again
	EventMerge       EventType = "merge"       // it goes on as another
	EventDispute     EventType = "dispute"     // somebody objects to an event
)

// Event is one decision of the operator, in an append-only log. What was signed is its JSON;
// nothing of it says who a person is.
type Event struct {
	ID       string
	Type     EventType
	Entity   string
	Reason   string // a code
	Evidence string // "sha256:" and the digest of what was seen; it is kept elsewhere
	// EffectiveFrom is since when it counts, Recorded when it was put in writing.
	EffectiveFrom, Recorded time.Time

	Grant       *Grant   // of a grant: its scope and period
	Profile     *Profile // of an amendment
	Binding     *Binding // that is added
	Grade       *Grade
	Of          string // the id of the grant, condition or event that it is about; empty: all
	Until       string // the day on which what is amended ends
	Code        string // of a condition
	DID         string // whose binding or key ends
	Key         string // the thumbprint of the key that ends
	Compromised bool   // others may have the key
	Retroactive bool   // as if it had never been
	Review      string // the day on which a blacklisting is looked at again
	Appeal      string // the address at which to appeal
	Blocked     []string
	Month       string // of an inspection
	Result      string // of an inspection or dispute
	Into        string // the entry in whose name it goes on
	OK          bool   // of a recheck
}

// Profile is what the operator knows of an institution besides what is mirrored.
type Profile struct {
	Names       []Name
	Identifiers []Identifier
	Countries   []string
	Site        string
}

// rule is what an event of a type must say and may say, besides what all say.
type rule struct {
	people int      // how many must sign
	past   bool     // it may count from before it was written
	must   []string // members
	may    []string
}

var rules = map[EventType]rule{
	EventGrant:       {2, true, []string{"grant"}, nil},
	EventAmend:       {1, false, nil, []string{"profile", "of", "until"}},
	EventCondition:   {1, false, []string{"code"}, []string{"of", "until"}},
	EventSuspend:     {1, false, nil, []string{"of"}},
	EventReinstate:   {1, false, nil, []string{"of", "retroactive"}},
	EventWithdraw:    {1, true, nil, []string{"of"}},
	EventRevoke:      {2, true, nil, []string{"of"}},
	EventBlacklist:   {2, true, []string{"review", "appeal"}, []string{"blocked"}},
	EventUnblacklist: {2, false, nil, []string{"retroactive"}},
	EventGrade:       {1, true, []string{"grade"}, nil},
	EventInspection:  {1, false, []string{"month"}, []string{"result"}},
	EventBindingAdd:  {2, true, []string{"binding"}, nil},
	EventBindingEnd:  {1, true, []string{"did"}, nil},
	EventKeyEnd:      {1, true, []string{"did", "key"}, []string{"compromised"}},
	EventRecheck:     {1, false, []string{"did"}, []string{"ok"}},
	EventMerge:       {2, false, []string{"into"}, nil},
	EventDispute:     {1, false, []string{"of", "result"}, nil},
}

// People tells how many different people must sign an event of the type; 0: there is none.
func (t EventType) People() int { return rules[t].people }

// EventTypes returns all types of events.
func EventTypes() []EventType {
	return []EventType{
		EventGrant, EventAmend, EventCondition, EventSuspend, EventReinstate, EventWithdraw, EventRevoke, EventBlacklist, EventUnblacklist,
		EventGrade, EventInspection, EventBindingAdd, EventBindingEnd, EventKeyEnd, EventRecheck, EventMerge, EventDispute,
	}
}

type wireEvent struct {
	ID            string       `json:"id"`
	Type          EventType    `json:"type"`
	Entity        string       `json:"entity"`
	Reason        string       `json:"reason"`
	Evidence      string       `json:"evidence,omitempty"`
	EffectiveFrom string       `json:"effective_from"`
	Recorded      string       `json:"recorded_at"`
	Grant         *wireGrant   `json:"grant,omitempty"`
	Profile       *wireProfile `json:"profile,omitempty"`
	Binding       *wireBinding `json:"binding,omitempty"`
	Grade         *wireGrade   `json:"grade,omitempty"`
	Of            string       `json:"of,omitempty"`
	Until         string       `json:"until,omitempty"`
	Code          string       `json:"code,omitempty"`
	DID           string       `json:"did,omitempty"`
	Key           string       `json:"key,omitempty"`
	Compromised   bool         `json:"compromised,omitempty"`
	Retroactive   bool         `json:"retroactive,omitempty"`
	Review        string       `json:"review,omitempty"`
	Appeal        string       `json:"appeal,omitempty"`
	Blocked       []string     `json:"blocked,omitempty"`
	Month         string       `json:"month,omitempty"`
	Result        string       `json:"result,omitempty"`
	Into          string       `json:"into,omitempty"`
	OK            bool         `json:"ok,omitempty"`
}

type wireProfile struct {
	Names     []wireName       `json:"names,omitempty"`
	IDs       []wireIdentifier `json:"ids,omitempty"`
	Countries []string         `json:"countries,omitempty"`
	Site      string           `json:"site,omitempty"`
}

// JSON writes the event as it is signed. What ReadEvent would refuse is not written.
func (e *Event) JSON() ([]byte, error) {
	w := wireEvent{
		ID: e.ID, Type: e.Type, Entity: e.Entity, Reason: e.Reason, Evidence: e.Evidence,
		EffectiveFrom: momentText(e.EffectiveFrom), Recorded: momentText(e.Recorded),
		Of: e.Of, Until: e.Until, Code: e.Code, DID: e.DID, Key: e.Key, Compromised: e.Compromised, Retroactive: e.Retroactive,
		Review: e.Review, Appeal: e.Appeal, Blocked: e.Blocked, Month: e.Month, Result: e.Result, Into: e.Into, OK: e.OK,
	}
	if e.Grant != nil {
		g := wireOfGrant(*e.Grant)
		w.Grant = &g
	}
	if p := e.Profile; p != nil {
		w.Profile = &wireProfile{
			Names: each(p.Names, func(n Name) wireName { return wireName(n) }), Countries: p.Countries, Site: p.Site,
			IDs: each(p.Identifiers, func(i Identifier) wireIdentifier { return wireIdentifier(i) }),
		}
	}
	if e.Binding != nil {
		b := wireOfBinding(*e.Binding)
		w.Binding = &b
	}
	if e.Grade != nil {
		g := wireGrade(*e.Grade)
		w.Grade = &g
	}
	raw, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	if _, err := ReadEvent(raw); err != nil {
		return nil, err
	}
	return raw, nil
}

// ErrEvent: an event does not say what one of its type must, or says more.
var ErrEvent = errors.New("not a proper event")

// MaxEvent bounds an event in bytes.
const MaxEvent = 32 << 10

// ReadEvent reads an event, strictly: what its type does not know is refused.
func ReadEvent(raw []byte) (*Event, error) {
	v, err := strictjson.ReadObject(raw, strictjson.Limits{Bytes: MaxEvent, Depth: 8, Values: 4000})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	e, r := &Event{}, &reader{}
	e.Type = EventType(v.Member("type").Text())
	rule, known := rules[e.Type]
	if !known {
		return nil, fmt.Errorf("%w: there are no events of the type %.40q", ErrEvent, e.Type)
	}
	r.members(v, func(name string, m strictjson.Value) bool {
		if r.common(e, name, m) {
			return true
		}
		return (slices.Contains(rule.must, name) || slices.Contains(rule.may, name)) && r.own(e, name, m)
	})
	for _, name := range append([]string{"id", "entity", "reason", "effective_from", "recorded_at"}, rule.must...) {
		r.need("the member "+name, v.Member(name).Present())
	}
	r.fail(e.check(rule))
	if r.err != nil {
		return nil, fmt.Errorf("%w: %s %.60q: %w", ErrEvent, e.Type, e.ID, r.err)
	}
	return e, nil
}

// common reads what every event says.
func (r *reader) common(e *Event, name string, m strictjson.Value) bool {
	switch name {
	case "id":
		e.ID = r.text(m)
	case "type":
		e.Type = EventType(r.text(m))
	case "entity":
		e.Entity = r.text(m)
	case "reason":
		e.Reason = r.text(m)
	case "evidence":
		e.Evidence = r.text(m)
	case "effective_from":
		e.EffectiveFrom = r.moment(m)
	case "recorded_at":
		e.Recorded = r.moment(m)
	default:
		return false
	}
	return true
}

// own reads what events of some types say.
func (r *reader) own(e *Event, name string, m strictjson.Value) bool {
	switch name {
	case "grant":
		g := r.grant(m)
		e.Grant = &g
	case "profile":
		e.Profile = r.profile(m)
	case "binding":
		b := r.binding(m)
		e.Binding = &b
	case "grade":
		g := r.grade(m)
		e.Grade = &g
	case "of":
		e.Of = r.text(m)
	case "until":
		e.Until = r.day(m)
	case "code":
		e.Code = r.text(m)
	case "did":
		e.DID = r.text(m)
	case "key":
		e.Key = r.text(m)
	case "compromised":
		e.Compromised = r.bool(m)
	case "retroactive":
		e.Retroactive = r.bool(m)
	case "review":
		e.Review = r.day(m)
	case "appeal":
		e.Appeal = r.text(m)
	case "blocked":
		e.Blocked = list(r, m, r.text)
	case "month":
		e.Month = r.text(m)
	case "result":
		e.Result = r.text(m)
	case "into":
		e.Into = r.text(m)
	case "ok":
		e.OK = r.bool(m)
	default:
		return false
	}
	return true
}

func (r *reader) profile(v strictjson.Value) *Profile {
	p := &Profile{}
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "names":
			p.Names = list(r, m, r.name)
		case "ids":
			p.Identifiers = list(r, m, r.identifier)
		case "countries":
			p.Countries = list(r, m, r.text)
		case "site":
			p.Site = r.text(m)
		default:
			return false
		}
		return true
	})
	return p
}

// check is what one event can be held to without knowing the others.
func (e *Event) check(of rule) error {
	switch {
	case !strings.HasPrefix(e.ID, "ev-") || len(e.ID) > 64:
		return errors.New("its id does not begin with ev-")
	case !strings.HasPrefix(e.Entity, EntityPrefix) || len(e.Entity) > 200:
		return fmt.Errorf("its entity does not begin with %s", EntityPrefix)
	case !isCode(e.Reason):
		return errors.New("its reason is not a code such as fraud-found: no sentences, and no people")
	case e.Evidence != "" && !isDigest(e.Evidence):
		return errors.New("its evidence is not sha256: and 64 hexadecimal digits")
	case !of.past && e.EffectiveFrom.Before(e.Recorded):
		return errors.New("it counts from before it was written, which events of its type may not")
	case e.Binding != nil && !Sufficient(e.Binding.Evidence):
		return errors.New("the evidence does not suffice: mutual and registered is needed, or registered of two kinds")
	case e.Binding != nil && len(e.Binding.Keys) == 0:
		return errors.New("the binding pins no key")
	case e.Grant != nil && (e.Grant.By != ByRegistry || e.Grant.Class != GrantedByRegistry || e.Grant.ID != e.ID):
		return errors.New("the grant's id is not that of the event, or it is not by the registry")
	case e.Grant != nil && (len(e.Grant.Awards) == 0 || e.Grant.From.IsZero()):
		return errors.New("the grant is for no award, or begins on no day")
	case e.Type == EventBlacklist && !strings.HasPrefix(e.Appeal, "https://") && !strings.HasPrefix(e.Appeal, "mailto:"):
		return errors.New("there is no address (https: or mailto:) at which to appeal")
	case e.Month != "" && !isMonth(e.Month):
		return errors.New("its month is not one such as 2026-01")
	case e.Type == EventAmend && (e.Profile == nil) == (e.Of == ""):
		return errors.New("an amendment is either of the profile, or of a grant or condition")
	case e.Type == EventAmend && (e.Of == "") != (e.Until == ""):
		return errors.New("what is amended ends on a day")
	}
	return nil
}

// EntityPrefix is how the ids of entries begin.
const EntityPrefix = "urn:obtr:ent:"

func isCode(text string) bool {
	return text != "" && len(text) <= 60 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func isDigest(text string) bool {
	rest, ok := strings.CutPrefix(text, "sha256:")
	return ok && len(rest) == 64 && strings.Trim(rest, "0123456789abcdef") == ""
}

func isMonth(text string) bool {
	_, err := time.Parse("2006-01", text)
	return err == nil
}
