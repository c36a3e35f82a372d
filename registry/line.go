package registry

import (
	"errors"
	"fmt"
	"time"

	"laurel/internal/strictjson"
)

// MaxLine bounds one line of a shard in bytes.
const MaxLine = 1 << 20

// Shard is a part of a snapshot that one role signs.
type Shard uint8

// The shards. Each may say its own things only, so that nobody decides in another's name.
const (
	Mirror   Shard = iota // names, identifiers, places, and grants by policy
	Overlay               // the operator's decisions
	Bindings              // identifiers and keys
)

var shardNames = [...]string{"mirror", "overlay", "bindings"}

func (s Shard) String() string { return shardNames[s] }

// Shards are all shards of a snapshot.
var Shards = [...]Shard{Mirror, Overlay, Bindings}

// allowed are the members of a line in each shard, besides its id.
var allowed = [...]map[string]bool{
	Mirror: set("names", "ids", "countries", "levels", "site", "page", "grants"),
	Overlay: set("names", "ids", "countries", "levels", "site", "page", "grants", "marks", "conditions", "grade", "inspections",
		"blocked", "merged_into", "events"),
	Bindings: set("bindings"),
}

func set(names ...string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}

// ErrLine: a line of a shard is not what its shard may hold.
var ErrLine = errors.New("not a proper line of the registry")

// readLine reads one line of a shard. A member that is not known here is refused, and the
// line with it: it might restrict what the others grant.
func readLine(s Shard, line []byte) (*Entry, error) {
	v, err := strictjson.ReadObject(line, strictjson.Limits{Bytes: MaxLine, Depth: 8, Values: 100_000})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLine, err)
	}
	e := &Entry{}
	r := reader{}
	r.members(v, func(name string, m strictjson.Value) bool {
		if name == "id" {
			e.ID = r.text(m)
			return true
		}
		return allowed[s][name] && r.member(e, name, m)
	})
	if r.err == nil && e.ID == "" {
		r.err = errors.New("it has no id")
	}
	for _, g := range e.Grants {
		if r.err == nil && (s == Mirror) == (g.By == ByRegistry) {
			r.err = fmt.Errorf("a grant by %q stands in the shard %s", g.By, s)
		}
	}
	if r.err != nil {
		return nil, fmt.Errorf("%w: shard %s, entry %.80q: %w", ErrLine, s, e.ID, r.err)
	}
	return e, nil
}

// ByRegistry is who gives the grants of the overlay.
const ByRegistry = "registry"

func (r *reader) member(e *Entry, name string, m strictjson.Value) bool {
	switch name {
	case "names":
		e.Names = list(r, m, r.name)
	case "ids":
		e.Identifiers = list(r, m, r.identifier)
	case "countries":
		e.Countries = list(r, m, r.text)
	case "levels":
		e.Levels = list(r, m, r.number)
	case "site":
		e.Site = r.text(m)
	case "page":
		e.Page = r.text(m)
	case "grants":
		e.Grants = list(r, m, r.grant)
	case "marks":
		e.Marks = list(r, m, r.mark)
	case "conditions":
		e.Conditions = list(r, m, r.condition)
	case "grade":
		grade := r.grade(m)
		e.Grade = &grade
	case "inspections":
		e.Inspections = list(r, m, r.inspection)
	case "blocked":
		e.Blocked = list(r, m, r.text)
	case "merged_into":
		e.MergedInto = r.text(m)
	case "bindings":
		e.Bindings = list(r, m, r.binding)
	case "events":
		e.Events = list(r, m, r.text)
	default:
		return false
	}
	return true
}

// reader reads the shapes of wire.go and remembers the first thing that is wrong.
type reader struct{ err error }

func (r *reader) fail(err error) {
	if r.err == nil && err != nil {
		r.err = err
	}
}

// members calls f for each member of an object, until f does not know one.
func (r *reader) members(v strictjson.Value, f func(string, strictjson.Value) bool) {
	if !v.Is(strictjson.Object) {
		r.fail(errors.New("an object is expected"))
		return
	}
	for name, m := range v.Members() {
		if !f(name, m) {
			r.fail(fmt.Errorf("the member %.40q is not known here", name))
			return
		}
	}
}

func list[T any](r *reader, v strictjson.Value, f func(strictjson.Value) T) []T {
	if !v.Is(strictjson.Array) {
		r.fail(errors.New("a list is expected"))
		return nil
	}
	out := make([]T, 0, v.Len())
	for item := range v.Items() {
		out = append(out, f(item))
	}
	return out
}

func (r *reader) text(v strictjson.Value) string {
	text, ok := v.IsText()
	if !ok || text == "" {
		r.fail(fmt.Errorf("%s: a text is expected", v.Name()))
	}
	return text
}

func (r *reader) bool(v strictjson.Value) bool {
	if !v.Is(strictjson.Bool) {
		r.fail(fmt.Errorf("%s: true or false is expected", v.Name()))
	}
	return v.True()
}

// number reads a whole number that is not negative.
func (r *reader) number(v strictjson.Value) int {
	n, err := v.Number().Int64()
	if err != nil || n < 0 || n > 1<<40 {
		r.fail(fmt.Errorf("%s: a whole number is expected", v.Name()))
	}
	return int(n)
}

func (r *reader) moment(v strictjson.Value) time.Time {
	t, err := parseMoment(r.text(v))
	r.fail(err)
	return t
}

func (r *reader) day(v strictjson.Value) string {
	text := r.text(v)
	_, err := parseDay(text)
	r.fail(err)
	return text
}

// named reads a text that stands in a table, as its place there.
func (r *reader) named(v strictjson.Value, table []string) int {
	i, err := position(table, r.text(v))
	r.fail(err)
	return i
}

// need fails where a member that must be there is not.
func (r *reader) need(what string, has bool) {
	if !has {
		r.fail(fmt.Errorf("%s is missing", what))
	}
}
