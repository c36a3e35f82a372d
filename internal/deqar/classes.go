package deqar

import (
	"cmp"
	"context"
	"slices"

	"laurel/internal/store"
)

// reached are institutions that an import may concern.
type reached struct {
	all bool
	ids map[int64]bool
}

func (r *reached) report(body []byte) error {
	var report Report
	if body == nil {
		return nil
	}
	err := decode(body, &report)
	r.add(report.Institutions...)
	return err
}

func (r *reached) add(ids ...int64) {
	for _, id := range ids {
		r.ids[id] = true
	}
}

func (r *reached) any(ids []int64) bool {
	return r.all || slices.ContainsFunc(ids, func(id int64) bool { return r.ids[id] })
}

// classChanges compares the classes of the institutions that an import concerns on its day,
// before and after it.
func (m *Mirror) classChanges(ctx context.Context, i Import) (changes []ClassChange, err error) {
	touched := &reached{ids: map[int64]bool{}}
	err = m.rows.Changes(ctx, i.Number, func(e store.MirrorEvent) error {
		switch Kind(e.Kind) {
		case KindReport, KindReportCSV:
			return cmp.Or(touched.report(e.Before), touched.report(e.After))
		case KindInstitution, KindInstitutionCSV:
			id, err := idOf(e.ID)
			touched.add(id)
			return err
		case KindAgency, KindAgencyCSV:
			touched.all = true
		}
		return nil
	})
	if err != nil || !touched.all && len(touched.ids) == 0 {
		return nil, err
	}
	d := DayOf(i.Observed)
	before, err := m.classes(ctx, store.View{}, touched, d)
	if err != nil {
		return nil, err
	}
	after, err := m.classes(ctx, store.View{With: i.Number}, touched, d)
	for _, classes := range []map[int64]Class{before, after} {
		for id := range classes {
			old, now := cmp.Or(before[id], None), cmp.Or(after[id], None)
			if old != now {
				changes = append(changes, ClassChange{id, old, now})
			}
		}
	}
	slices.SortFunc(changes, func(a, b ClassChange) int { return cmp.Compare(a.Institution, b.Institution) })
	return slices.Compact(changes), err
}

// classes are those of the institutions that were touched, or to which reports on these come
// by a relation.
func (m *Mirror) classes(ctx context.Context, view store.View, touched *reached, d Day) (map[int64]Class, error) {
	w := NewWorld()
	if err := m.loadWithoutReports(ctx, view, w); err != nil {
		return nil, err
	}
	c := Coverage{w, m.opts.Policy}
	asked, needed := map[int64]Class{}, &reached{all: touched.all, ids: map[int64]bool{}}
	for id, i := range w.institutions {
		var from []int64
		for _, way := range c.ways(i) {
			from = append(from, way.to)
		}
		if touched.any(from) {
			asked[id] = None
			needed.add(from...)
		}
	}
	err := m.loadReports(ctx, view, w, func(r *Report) bool { return needed.any(r.Institutions) })
	for id := range asked {
		asked[id] = c.Summary(id, d)
	}
	return asked, err
}
