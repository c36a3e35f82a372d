package deqar

import (
	"fmt"
	"iter"
	"strconv"

	"laurel/internal/strictjson"
)

// The budgets of answers of the Web API: a detail, and a page of a list.
var (
	detailLimits = strictjson.Limits{Bytes: 4 << 20, Depth: 16, Values: 200_000}
	listLimits   = strictjson.Limits{Bytes: 32 << 20, Depth: 16, Values: 2_000_000}
)

// maxText bounds a text that is kept, and maxItems the items of a list within a row.
const (
	maxText  = 4096
	maxItems = 20_000
)

// fields reads the members of an object. A member of another kind than it must be is a fault
// of the whole row; one that is missing or null is not said.
type fields struct {
	v     strictjson.Value
	fault *error
}

func readFields(raw []byte, limits strictjson.Limits) (fields, error) {
	v, err := strictjson.ReadObject(raw, limits)
	return fields{v: v, fault: new(error)}, err
}

func (f fields) fail(name, want string) {
	if *f.fault == nil {
		*f.fault = fmt.Errorf("%q is not %s", name, want)
	}
}

func (f fields) has(name string) bool { return f.v.Member(name).Present() }

func (f fields) text(name string) string {
	m := f.v.Member(name)
	text, ok := m.IsText()
	switch {
	case !ok && m.Present() && !m.Is(strictjson.Null):
		f.fail(name, "a text")
	case len(text) > maxText:
		f.fail(name, fmt.Sprintf("a text of at most %d bytes", maxText))
	}
	return text
}

func (f fields) day(name string) Day {
	d, err := ParseDay(f.text(name))
	if err != nil {
		f.fail(name, "a day")
	}
	return d
}

func (f fields) span(from, to string) Span { return Span{f.day(from), f.day(to)} }

// number reads a positive whole number, which search-backed lists write as a text.
func (f fields) number(name string) int64 {
	m := f.v.Member(name)
	text := string(m.Number())
	if m.Is(strictjson.String) {
		text = m.Text()
	}
	if text == "" && (!m.Present() || m.Is(strictjson.Null)) {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		f.fail(name, "a whole number")
		return 0
	}
	return n
}

func (f fields) known(name string) Known {
	m := f.v.Member(name)
	switch {
	case m.Is(strictjson.Bool):
		return known(m.True())
	case m.Present() && !m.Is(strictjson.Null):
		f.fail(name, "true or false")
	}
	return Unsaid
}

// within returns the object that a member is; what is asked of one that is not there is
// not said.
func (f fields) within(name string) fields {
	m := f.v.Member(name)
	if m.Present() && !m.Is(strictjson.Object) && !m.Is(strictjson.Null) {
		f.fail(name, "an object")
	}
	return fields{m, f.fault}
}

func (f fields) items(name string) iter.Seq[strictjson.Value] {
	m := f.v.Member(name)
	if m.Present() && !m.Is(strictjson.Array) && !m.Is(strictjson.Null) || m.Len() > maxItems {
		f.fail(name, "a list that can be read")
		return func(func(strictjson.Value) bool) {}
	}
	return m.Items()
}

// list reads a list of objects.
func (f fields) list(name string) iter.Seq[fields] {
	return func(yield func(fields) bool) {
		for item := range f.items(name) {
			if !item.Is(strictjson.Object) {
				f.fail(name, "a list of objects")
				return
			}
			if !yield(fields{item, f.fault}) {
				return
			}
		}
	}
}

// ids reads the numbers of the objects of a list, under the first of the names that is there.
func (f fields) ids(name string, keys ...string) (ids []int64) {
	for item := range f.list(name) {
		for _, key := range keys {
			if item.has(key) {
				ids = append(ids, item.number(key))
				break
			}
		}
	}
	return ids
}

// country returns the code of a country, or its name where no code is said: countries are
// objects, and texts in search-backed lists.
func (f fields) country(v strictjson.Value) string {
	if text, ok := v.IsText(); ok {
		return text
	}
	c := fields{v, f.fault}
	if code := c.text("iso_3166_alpha2"); code != "" {
		return code
	}
	return c.text("name_english")
}

// ReadAgency reads the detail of an agency, or its row in a list. Contacts are not read.
func ReadAgency(raw []byte) (Agency, error) {
	f, err := readFields(raw, detailLimits)
	if err != nil {
		return Agency{}, err
	}
	return f.agency()
}

func (f fields) agency() (Agency, error) {
	a := Agency{
		ID: f.number("id"), DeqarID: f.number("deqar_id"), Name: f.text("name_primary"), Acronym: f.text("acronym_primary"),
		Country: f.country(f.v.Member("country")), Registered: f.known("is_registered"),
		Start: f.day("registration_start"), End: f.day("registration_valid_to"),
	}
	for item := range f.list("activities") {
		a.Activities = append(a.Activities, Conduct{ID: item.number("id"), Type: item.activityType(), To: item.day("activity_valid_to")})
	}
	return a, f.row("agency", a.ID)
}

// row is the fault of a row, if it has one.
func (f fields) row(kind string, id int64) error {
	if id == 0 && *f.fault == nil {
		f.fail("id", "there")
	}
	if *f.fault != nil {
		return fmt.Errorf("%s %d: %w", kind, id, *f.fault)
	}
	return nil
}

func (f fields) activityType() ActivityType {
	for _, name := range []string{"activity_type", "type"} {
		if f.has(name) {
			return ActivityType(word(activityWords, f.text(name)))
		}
	}
	return 0
}

// ReadCountry reads the detail of a country, or its row in a list.
func ReadCountry(raw []byte) (Country, error) {
	f, err := readFields(raw, detailLimits)
	if err != nil {
		return Country{}, err
	}
	c := Country{
		ID: f.number("id"), Code: f.text("iso_3166_alpha2"), Alpha3: f.text("iso_3166_alpha3"), Name: f.text("name_english"),
		EHEA: f.known("ehea_is_member"), ExternalAgency: f.text("external_QAA_is_permitted"),
		EuropeanApproach: f.text("european_approach_is_permitted"), KeyCommitment: f.text("ehea_key_commitment"),
	}
	return c, f.row("country", c.ID)
}
