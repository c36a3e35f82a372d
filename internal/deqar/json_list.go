package deqar

import (
	"errors"

	"laurel/internal/strictjson"
)

// List is one page of a list of the Web API.
type List struct {
	Count int   // of the whole list, as this page says
	Next  Known // whether there are more pages; not said by lists of old
	Rows  [][]byte
}

// ReadList reads a page: search-backed lists with a boolean "next", plain ones with the
// address of the next page, and bare arrays (DEQAR §1.2). Each row is handed on as it stands.
func ReadList(raw []byte) (List, error) {
	v, err := strictjson.Read(raw, listLimits)
	if err != nil {
		return List{}, err
	}
	if v.Is(strictjson.Array) {
		l := List{Count: v.Len(), Next: No}
		return l, l.take(raw, v)
	}
	f := fields{v, new(error)}
	l := List{Count: int(f.number("count"))}
	if !f.has("count") || !v.Member("results").Is(strictjson.Array) {
		return List{}, errors.New("not a list of the Web API")
	}
	switch next := v.Member("next"); next.Kind() {
	case strictjson.Bool:
		l.Next = known(next.True())
	case strictjson.Null:
		l.Next = No
	case strictjson.String:
		l.Next = Yes // the address is not followed: pages are counted here
	case strictjson.Absent:
	default:
		f.fail("next", "true, false, null or a text")
	}
	if *f.fault != nil {
		return List{}, *f.fault
	}
	return l, l.take(raw, v.Member("results"))
}

func (l *List) take(raw []byte, rows strictjson.Value) error {
	for row := range rows.Items() {
		if !row.Is(strictjson.Object) {
			return errors.New("a row of the list is not an object")
		}
		l.Rows = append(l.Rows, row.In(raw))
	}
	return nil
}

// Resource is a scheme of identifiers that DEQAR knows.
type Resource struct {
	Name  string
	Title string // empty in lists of old
}

// ReadResources reads the list of schemes: objects, or plain texts as it was of old.
func ReadResources(raw []byte) (all []Resource, err error) {
	v, err := strictjson.Read(raw, listLimits)
	if err != nil {
		return nil, err
	}
	if !v.Is(strictjson.Array) {
		return nil, errors.New("not a list of resources")
	}
	for item := range v.Items() {
		if text, ok := item.IsText(); ok {
			all = append(all, Resource{Name: text})
			continue
		}
		f := fields{item, new(error)}
		r := Resource{f.text("resource"), f.text("title")}
		if r.Name == "" || *f.fault != nil {
			return nil, errors.New("a resource without a name")
		}
		all = append(all, r)
	}
	return all, nil
}

// readToken reads the answer to a login.
func readToken(raw []byte) (string, error) {
	f, err := readFields(raw, detailLimits)
	if err != nil {
		return "", errors.New("the login did not answer with JSON")
	}
	token := f.text("token")
	if f.text("state") != "success" || token == "" || *f.fault != nil {
		return "", errors.New("DEQAR refused the login")
	}
	return token, nil
}
