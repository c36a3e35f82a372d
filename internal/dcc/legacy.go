package dcc

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/internal/federation"
	"laurel/internal/strictjson"
	"laurel/registry"
)

// The freshness of a file without dates of its own that count: a day, a week.
const (
	freshFor = 24 * time.Hour
	goodFor  = 7 * freshFor
)

const maxIssuers = 20_000

// File is a file of issuers that nobody signed.
type File struct {
	Updated time.Time
	Issuers []Issuer // in the order of their DIDs
}

// Issuer is one of them.
type Issuer struct{ DID, Name, Location, URL string }

// ReadLegacy reads a file of issuers. That one DID stands there in two spellings condemns it.
func ReadLegacy(raw []byte) (*File, error) {
	v, err := strictjson.ReadObject(raw, strictjson.Limits{Bytes: maxLegacy, Depth: 5, Values: 5 * maxIssuers})
	if err != nil {
		return nil, formError(err)
	}
	list := v.Member("registry")
	if !list.Is(strictjson.Object) || list.Len() > maxIssuers {
		return nil, fmt.Errorf("%w: it has no registry of at most %d issuers", ErrForm, maxIssuers)
	}
	f := &File{}
	if f.Updated, err = time.Parse(time.RFC3339, v.Member("meta").Member("updated").Text()); err != nil {
		return nil, fmt.Errorf("%w: it does not say when it was updated", ErrForm)
	}
	seen := map[string]bool{}
	for id, item := range list.Members() {
		i := Issuer{id, item.Member("name").Text(), item.Member("location").Text(), item.Member("url").Text()}
		normal := registry.NormalDID(id)
		if !strings.HasPrefix(id, "did:") || len(id) > maxText || i.Name == "" || seen[normal] {
			return nil, fmt.Errorf("%w: the issuer %.80q", ErrForm, id)
		}
		seen[normal] = true
		f.Issuers = append(f.Issuers, i)
	}
	slices.SortFunc(f.Issuers, func(a, b Issuer) int { return strings.Compare(a.DID, b.DID) })
	return f, nil
}

// Snapshot is what the file says, as an unsigned list: registry.Decide gives nobody on it a
// good word.
func (f *File) Snapshot(name, address string, fetched time.Time) (*registry.Snapshot, error) {
	meta := registry.Meta{
		Name: name, Origin: address, Issued: f.Updated, Fresh: fetched.Add(freshFor), Expires: fetched.Add(goodFor), Assurance: registry.UnsignedList,
	}
	var entries []*registry.Entry
	for _, i := range f.Issuers {
		b := registry.Binding{DID: registry.NormalDID(i.DID), Evidence: []registry.Evidence{{Strength: registry.NoEvidence, Kind: "dcc-legacy", Ref: address}}}
		for _, jkt := range federation.KeysIn(i.DID) {
			b.Keys = append(b.Keys, registry.PinnedKey{Thumbprint: jkt})
		}
		entries = append(entries, &registry.Entry{ID: i.DID, Names: []registry.Name{{Text: i.Name}}, Site: i.URL, Bindings: []registry.Binding{b}})
	}
	return registry.Of(meta, entries...)
}
