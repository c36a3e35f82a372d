package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"laurel/registry"
)

// Codes of registries that the catalogues have words for. Others are shown as they are written.
var (
	reasonCodes = []string{
		"appeal-upheld", "board-decision", "diploma-mill", "error", "evidence-back", "evidence-gone", "fraud-found", "inspection-failed",
		"key-rotation", "key-stolen", "merger", "monthly-draw", "onboarding", "own-request", "programme-exit", "review", "weekly-recheck",
	}
	evidenceKinds = []string{"challenge", "deqar-did-ebsi", "did-configuration", "dns", "oidf-statement", "operator-checked", "qualified-seal"}
	nameKinds     = []string{"acronym", "english", "official", "primary", "trade", "transliteration", "version"}
	relations     = []string{"absorbed", "alliance", "consortium", "direct", "franchise", "origin", "platform", "predecessor", "related", "subunit"}
	awards        = []string{registry.Degree, registry.Microcredential}
	classes       = []registry.Class{
		registry.NoClass, registry.OfficialAccredited, registry.OfficialEvaluated, registry.ESGVoluntary, registry.GrantedByRegistry,
		registry.ListedElsewhere, registry.Adverse, registry.ContestedCoverage,
	}
	listingStates = []registry.State{
		registry.InForce, registry.Before, registry.Ended, registry.SuspendedThen, registry.WithdrawnThen, registry.RevokedThen,
		registry.BlacklistedThen, registry.UnknownState,
	}
)

// coded returns the words for a code, or the code as people read one.
func (t *tongue) coded(prefix, code string, known []string) string {
	if slices.Contains(known, code) {
		return t.T(prefix + code)
	}
	return shown(strings.ReplaceAll(code, "-", " "), maxName)
}

func (t *tongue) eventReason(code string) string {
	return t.coded("registry.reason.", code, reasonCodes)
}

// list joins words.
func (t *tongue) list(words []string) string { return strings.Join(words, t.T("registry.comma")) }

// awardNames says for what kinds of awards something is.
func (t *tongue) awardNames(codes []string) string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = t.coded("registry.award.", code, awards)
	}
	return t.list(names)
}

func (t *tongue) levels(levels []int) string {
	if len(levels) == 0 {
		return ""
	}
	words := make([]string, len(levels))
	for i, l := range levels {
		words[i] = strconv.Itoa(l)
	}
	return t.T("registry.levels", "levels", t.list(words))
}

// country names a country by its code, or the part of a country, as DEQAR writes them.
func (t *tongue) country(code string) string {
	whole, _, isPart := strings.Cut(code, "-")
	region, err := language.ParseRegion(cmp.Or(map[string]string{"UK": "GB", "EL": "GR"}[whole], whole))
	if err != nil || !region.IsCountry() {
		return shown(code, maxName)
	}
	name := t.regions.Regions().Name(region)
	if isPart {
		return name + " (" + shown(code, maxName) + ")"
	}
	return name
}

func (t *tongue) countries(codes []string) string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = t.country(code)
	}
	return t.list(names)
}

// age says how long something took, in the largest unit that there is one of.
func (t *tongue) age(d time.Duration) string {
	const day = 24 * time.Hour
	for _, u := range []struct {
		unit string
		of   time.Duration
	}{{"day", day}, {"hour", time.Hour}, {"minute", time.Minute}} {
		switch n := int(d / u.of); {
		case n == 1:
			return t.T("age." + u.unit)
		case n > 1:
			return t.T("age."+u.unit+"s", "count", strconv.Itoa(n))
		}
	}
	return t.T("age.moment")
}

// plainDay writes a day such as 2026-11-27.
func (t *tongue) plainDay(text string) Day {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Day{Text: shown(text, maxName)}
	}
	return Day{Text: t.Date(at), Machine: text}
}

// lastDay is the last whole day of a period that ends at a moment.
func (t *tongue) lastDay(until time.Time) Day {
	if until.Equal(until.Truncate(24 * time.Hour)) {
		until = until.Add(-time.Nanosecond)
	}
	return t.day(until)
}

// span writes a period of whole days.
func (t *tongue) span(p registry.Period) string {
	switch {
	case p.From.IsZero() && p.Until.IsZero():
		return t.T("registry.span.always")
	case p.Until.IsZero():
		return t.T("registry.span.since", "from", t.Date(p.From))
	case p.From.IsZero():
		return t.T("registry.span.until", "until", t.lastDay(p.Until).Text)
	}
	return t.T("registry.span", "from", t.Date(p.From), "until", t.lastDay(p.Until).Text)
}

// entryPath is the page of an entry.
func entryPath(id string) string {
	return entriesPath + url.PathEscape(strings.TrimPrefix(id, registry.EntityPrefix))
}

// listView is the version of the list from which a page is.
type listView struct {
	Name, Origin, Policy string
	Version, Count       int
	Issued               Day
	Age                  string // empty: it is not known
	Freshness            registry.Freshness
	Witnesses            int
	Sources              []sourceView
}

type sourceView struct{ Name, Fetched string }

func (s *Server) viewList(t *tongue, snapshot *registry.Snapshot) listView {
	now := s.now()
	v := listView{
		Name: shown(s.registry.Name, maxName), Origin: shown(snapshot.Origin, maxName), Policy: shown(snapshot.Policy, maxName),
		Version: snapshot.Version, Count: snapshot.Len(), Freshness: snapshot.FreshnessAt(now), Witnesses: snapshot.Witnesses,
		Sources: t.viewSources(snapshot.Sources),
	}
	if !snapshot.Issued.IsZero() {
		v.Issued, v.Age = t.day(snapshot.Issued), t.age(now.Sub(snapshot.Issued))
	}
	return v
}

func (t *tongue) viewSources(sources []registry.SourceAge) (all []sourceView) {
	for _, source := range sources {
		all = append(all, sourceView{strings.ToUpper(shown(source.ID, maxName)), t.moment(source.Fetched)})
	}
	return all
}
