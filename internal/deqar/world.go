package deqar

import (
	"iter"
	"maps"
	"slices"
	"time"
)

// Provenance says where a row of DEQAR comes from and since when it is known.
type Provenance struct {
	Source  Source
	Import  uint64    // the mirror's number of the import that brought the row as it is
	Known   time.Time // when that import was observed
	Checked time.Time // when the row was last seen to be the same
	Digest  string    // SHA-256 of the row as it is kept, in hexadecimal
}

// World is all that DEQAR said at one time. It is not changed once it is read, and then safe
// for concurrent use. Where the Web API and the CSV files both have a row, the one of the Web
// API counts, which says more.
type World struct {
	agencies      map[int64]*Agency
	csvAgencies   map[string]*Agency // by acronym; nil where two have it
	acronyms      map[string]*Agency // the same of the Web API
	institutions  map[int64]*Institution
	reports       map[int64]*Report
	countries     map[string]*Country
	onInstitution map[int64][]*Report // those that name it as an institution
	onPlatform    map[int64][]*Report // those that name it as a platform
	from          map[rowKey]Provenance
	contradicted  map[int64]bool
}

type rowKey struct {
	kind Kind
	id   int64
}

// NewWorld returns a world without rows.
func NewWorld() *World {
	return &World{
		agencies: map[int64]*Agency{}, csvAgencies: map[string]*Agency{}, acronyms: map[string]*Agency{},
		institutions: map[int64]*Institution{}, reports: map[int64]*Report{}, countries: map[string]*Country{},
		onInstitution: map[int64][]*Report{}, onPlatform: map[int64][]*Report{}, from: map[rowKey]Provenance{},
		contradicted: map[int64]bool{},
	}
}

// AddAgency adds an agency.
func (w *World) AddAgency(a Agency, p Provenance) {
	byAcronym, kind := w.acronyms, KindAgency
	if p.Source == SourceCSV {
		byAcronym, kind = w.csvAgencies, KindAgencyCSV
	} else {
		w.agencies[a.ID] = &a
	}
	if _, twice := byAcronym[a.Acronym]; twice {
		byAcronym[a.Acronym] = nil
	} else {
		byAcronym[a.Acronym] = &a
	}
	w.from[rowKey{kind, a.ID}] = p
}

// AddCountry adds a country.
func (w *World) AddCountry(c Country, p Provenance) {
	w.countries[c.Code] = &c
	w.from[rowKey{KindCountry, c.ID}] = p
}

// AddInstitution adds an institution.
func (w *World) AddInstitution(i Institution, p Provenance) {
	if old, known := w.institutions[i.ID]; known && old.Source == SourceAPI && i.Source == SourceCSV {
		return
	}
	w.institutions[i.ID] = &i
	w.from[rowKey{KindInstitution, i.ID}] = p
}

// AddReport adds a report. A CSV row that is newer than what the Web API said of the same
// report, and differs in what decides, puts both in doubt.
func (w *World) AddReport(r Report, p Provenance) {
	key := rowKey{KindReport, r.ID}
	old, known := w.reports[r.ID]
	switch {
	case !known:
		w.reports[r.ID], w.from[key] = &r, p
	case old.Source == r.Source:
		w.unlink(old)
		w.reports[r.ID], w.from[key] = &r, p
	case r.Source == SourceCSV:
		w.compare(old, &r, w.from[key], p)
		return
	default:
		w.unlink(old)
		w.compare(&r, old, p, w.from[key])
		w.reports[r.ID], w.from[key] = &r, p
	}
	for _, id := range r.Institutions {
		w.onInstitution[id] = append(w.onInstitution[id], &r)
	}
	for _, id := range r.Platforms {
		w.onPlatform[id] = append(w.onPlatform[id], &r)
	}
}

func (w *World) unlink(r *Report) {
	same := func(other *Report) bool { return other == r }
	for _, id := range r.Institutions {
		w.onInstitution[id] = slices.DeleteFunc(w.onInstitution[id], same)
	}
	for _, id := range r.Platforms {
		w.onPlatform[id] = slices.DeleteFunc(w.onPlatform[id], same)
	}
}

// compare remembers a contradiction. The CSV writes the same report without flags, platforms
// and identifiers, so that only what both say is compared.
func (w *World) compare(api, csv *Report, fromAPI, fromCSV Provenance) {
	if !fromCSV.Known.After(fromAPI.Checked) {
		return
	}
	elsewhere := func(id int64) bool { return !slices.Contains(csv.Institutions, id) }
	if slices.ContainsFunc(api.Institutions, elsewhere) || api.Status != csv.Status || api.Decision != csv.Decision || api.From != csv.From || api.To != csv.To {
		w.contradicted[api.ID] = true
	}
}

// AddVanished says that the CSV file lost a report. One that the Web API was not asked for
// since is in doubt.
func (w *World) AddVanished(report int64, p Provenance) {
	if r := w.reports[report]; r != nil && r.Source == SourceAPI && p.Known.After(w.from[rowKey{KindReport, report}].Checked) {
		w.contradicted[report] = true
	}
}

// Agency returns the agency that has a number, or nil.
func (w *World) Agency(id int64) *Agency { return w.agencies[id] }

// AgencyOf returns the agency that made a report, or nil where it is not known: by its
// number, or by its acronym where only one agency has it.
func (w *World) AgencyOf(r *Report) *Agency {
	if a := w.agencies[r.Agency]; a != nil {
		return a
	}
	if r.AgencyName == "" {
		return nil
	}
	if a := w.acronyms[r.AgencyName]; a != nil && (r.Agency == 0 || r.Agency == a.ID) {
		return a
	}
	return w.csvAgencies[r.AgencyName]
}

// Institution returns the institution that has a number, or nil.
func (w *World) Institution(id int64) *Institution { return w.institutions[id] }

// Report returns the report that has a number, or nil.
func (w *World) Report(id int64) *Report { return w.reports[id] }

// Country returns the country that has a code, or nil.
func (w *World) Country(code string) *Country { return w.countries[code] }

// Institutions are all institutions in the order of their numbers.
func (w *World) Institutions() iter.Seq[*Institution] { return inOrder(w.institutions) }

// Reports are all reports in the order of their numbers.
func (w *World) Reports() iter.Seq[*Report] { return inOrder(w.reports) }

func inOrder[T any](rows map[int64]*T) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, id := range slices.Sorted(maps.Keys(rows)) {
			if !yield(rows[id]) {
				return
			}
		}
	}
}

// ReportsOn are the reports that name the institution itself, in the order of their numbers.
func (w *World) ReportsOn(institution int64) []*Report {
	return slices.SortedFunc(slices.Values(w.onInstitution[institution]), func(a, b *Report) int { return int(a.ID - b.ID) })
}

// Provenance says where a row comes from: of KindInstitution or KindReport the row that
// counts, of whichever source; of other kinds that very row.
func (w *World) Provenance(kind Kind, id int64) Provenance { return w.from[rowKey{kind, id}] }

// Latest is when the newest of the rows was observed.
func (w *World) Latest() (latest time.Time) {
	for _, p := range w.from {
		if p.Known.After(latest) {
			latest = p.Known
		}
	}
	return latest
}
