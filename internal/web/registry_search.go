package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"laurel/registry"
)

// perPage is how many entries or changes a page lists.
const perPage = 50

// maxSearch bounds in bytes what is searched for.
const maxSearch = 200

// searchView is the Body of the page of the registry.
type searchView struct {
	List   listView
	Filter registry.Filter
	Asked  bool // something is searched for
	Total  string
	Found  []foundView
	Pages  pager

	Countries, Levels, States []choice
	Root                      string // SHA-256 of where trust begins
	Address                   string // of the files
}

// choice is one option of a list to choose from.
type choice struct {
	Value, Text string
	Chosen      bool
}

// foundView is one entry in a list.
type foundView struct {
	Path, ID, Name, Countries, State string
	Mark                             mark
}

// pager leads from page to page of a list.
type pager struct {
	Number, Last   int
	Previous, Next string // addresses, or empty
}

// pageOf divides a list: it returns the first and the end of what a page shows.
func pageOf(total, number int) (p pager, first, end int) {
	p.Number, p.Last = number, max(1, (total+perPage-1)/perPage)
	first, end = min((number-1)*perPage, total), min(number*perPage, total)
	return p, first, end
}

// link sets the addresses of the pages before and after.
func (p *pager) link(path string, q url.Values) {
	to := func(n int) string {
		if n < 1 || n > p.Last {
			return ""
		}
		q := withValue(q, "page", strconv.Itoa(n))
		if n == 1 {
			q.Del("page")
		}
		return withQuery(path, q)
	}
	p.Previous, p.Next = to(p.Number-1), to(p.Number+1)
}

func withValue(q url.Values, name, value string) url.Values {
	out := url.Values{}
	for n, values := range q {
		out[n] = values
	}
	out.Set(name, value)
	return out
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// asked reads what is searched for, and which page of it. What can be nobody's question is refused.
func (s *Server) asked(c echo.Context) (f registry.Filter, q url.Values, number int, err error) {
	given := c.QueryParams()
	f = registry.Filter{Text: given.Get("q"), Country: given.Get("country"), Status: given.Get("status"), Now: s.now()}
	q = url.Values{}
	for _, name := range []string{"q", "country", "level", "status"} {
		if value := given.Get(name); value != "" {
			q.Set(name, value)
		}
	}
	if level := given.Get("level"); level != "" {
		if f.Level, err = strconv.Atoi(level); err != nil || f.Level < 1 || f.Level > 8 {
			return f, q, 0, echo.ErrBadRequest
		}
	}
	known := f.Status == "" || slices.ContainsFunc(listingStates, func(s registry.State) bool { return s.String() == f.Status })
	if number, err = pageNumber(given.Get("page")); err != nil || !known || len(f.Text) > maxSearch || len(f.Country) > 10 {
		return f, q, 0, echo.ErrBadRequest
	}
	return f, q, number, nil
}

// pageNumber reads the number of a page; none is the first.
func pageNumber(text string) (int, error) {
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return 0, echo.ErrBadRequest
	}
	return n, nil
}

// registryPage says what the list is and finds entries, for people or for programs.
func (s *Server) registryPage(c echo.Context) error {
	snapshot, err := s.snapshot()
	if err != nil {
		return err
	}
	filter, q, number, err := s.asked(c)
	if err != nil {
		return err
	}
	found := slices.Collect(snapshot.Search(filter))
	pages, first, end := pageOf(len(found), number)
	if number > pages.Last {
		return echo.ErrNotFound
	}
	if asJSON(c) {
		pages.link(registryPath+".json", q)
		return s.sendFound(c, snapshot, found[first:end], len(found), pages)
	}
	p := s.page(c, "registry.title")
	p.Path, p.Query, p.Canonical = registryPath, withValue(q, "page", strconv.Itoa(number)), s.issuer.Base()+registryPath
	if number == 1 {
		p.Query.Del("page")
	}
	p.NoIndex = len(p.Query) > 0
	if p.Explicit {
		q.Set("lang", p.Code)
	}
	pages.link(registryPath, q)
	filter.Text = shown(filter.Text, maxSearch)
	v := searchView{
		List: s.viewList(p.tongue, snapshot), Filter: filter, Asked: len(p.Query) > 0, Pages: pages, Total: p.counted("registry.count", len(found)),
		Root: s.registry.rootDigest(), Address: s.issuer.Base() + filesPath,
	}
	for _, e := range found[first:end] {
		v.Found = append(v.Found, p.viewFound(e, filter))
	}
	p.choices(&v, snapshot)
	p.Body = v
	return s.registryRender(c, "registry", p)
}

// counted says how many there are; of one the key has a form of its own.
func (t *tongue) counted(key string, n int) string {
	if n == 1 {
		return t.T(key + ".one")
	}
	return t.T(key, "count", strconv.Itoa(n))
}

func (p *page) viewFound(e *registry.Entry, f registry.Filter) foundView {
	state := e.StateAt(f.Now)
	return foundView{
		Path: p.Link(entryPath(e.ID)), ID: shortID(e.ID), Name: nameOf(e), Countries: p.countries(e.Countries),
		State: p.T("registry.state." + state.String()), Mark: markOf[state],
	}
}

// markOf are the colours of states. Of whom nothing is granted, nothing is said.
var markOf = map[registry.State]mark{
	registry.InForce: rely, registry.SuspendedThen: care, registry.RevokedThen: dont, registry.BlacklistedThen: dont,
}

// choices offers what to filter by: what there is in the list.
func (t *tongue) choices(v *searchView, snapshot *registry.Snapshot) {
	for _, code := range withChosen(snapshot.Countries(), v.Filter.Country) {
		if shown(code, maxName) == code {
			v.Countries = append(v.Countries, choice{code, t.country(code), code == v.Filter.Country})
		}
	}
	slices.SortFunc(v.Countries, func(a, b choice) int { return strings.Compare(registry.Fold(a.Text), registry.Fold(b.Text)) })
	for _, level := range withChosen(snapshot.Levels(), v.Filter.Level) {
		text := strconv.Itoa(level)
		v.Levels = append(v.Levels, choice{text, t.T("registry.level", "level", text), level == v.Filter.Level})
	}
	for _, state := range listingStates {
		name := state.String()
		v.States = append(v.States, choice{name, t.T("registry.state." + name), name == v.Filter.Status})
	}
}

// withChosen adds what was chosen where there is none of it, so that the form says what is asked.
func withChosen[T comparable](all []T, chosen T) []T {
	var none T
	if chosen == none || slices.Contains(all, chosen) {
		return all
	}
	return append(all, chosen)
}

// foundJSON is a page of a search for programs.
type foundJSON struct {
	listJSON
	Total   int         `json:"total"`
	Page    int         `json:"page"`
	Pages   int         `json:"pages"`
	Next    string      `json:"next,omitempty"`
	Entries []briefJSON `json:"entries"`
}

// briefJSON is an entry in a list for programs.
type briefJSON struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Countries []string `json:"countries,omitempty"`
	Status    string   `json:"status"`
	URL       string   `json:"url"`
}

func (s *Server) sendFound(c echo.Context, snapshot *registry.Snapshot, found []*registry.Entry, total int, pages pager) error {
	out := foundJSON{listJSON: s.listJSON(snapshot), Total: total, Page: pages.Number, Pages: pages.Last, Entries: []briefJSON{}}
	if pages.Next != "" {
		out.Next = s.issuer.Base() + pages.Next
	}
	for _, e := range found {
		out.Entries = append(out.Entries, briefJSON{
			ID: e.ID, Name: e.Name(), Countries: e.Countries, Status: e.StateAt(s.now()).String(), URL: s.issuer.Base() + entryPath(e.ID) + ".json",
		})
	}
	return s.sendJSON(c, out)
}
