package deqar

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"laurel/internal/store"
)

// Relist asks the Web API for everything: each institution, and each report that is new, or
// that its list says something else of than last time, or that its list does not have (one
// with a high level flag, or one that is gone). It needs an account, and may take hours.
func (m *Mirror) Relist(ctx context.Context) (Outcome, error) {
	return m.begin(ctx, jobRelist)
}

// RefreshInstitution asks the Web API for an institution and its reports, such as before it
// is decided whether to trust it. Like the others it finishes first what was interrupted.
func (m *Mirror) RefreshInstitution(ctx context.Context, institution int64) (Outcome, error) {
	return m.begin(ctx, jobInstitution+strconv.FormatInt(institution, 10))
}

func (m *Mirror) begin(ctx context.Context, job string) (Outcome, error) {
	if m.opts.Client == nil || !m.opts.Client.HasAccount() {
		return Outcome{}, ErrLogin
	}
	if !m.importing.TryLock() {
		return Outcome{}, ErrBusy
	}
	defer m.importing.Unlock()
	if o, resumed, err := m.resume(ctx); err != nil || resumed && o.Import.Job == job {
		return o, err
	}
	if _, err := m.rows.Begin(ctx, Import{Observed: m.opts.Now(), Job: job}); err != nil {
		return Outcome{}, err
	}
	o, _, err := m.resume(ctx)
	return o, err
}

func (m *Mirror) relist(ctx context.Context, i Import) error {
	h := m.haul(ctx, i)
	if err := h.agenciesAndCountries(); err != nil {
		return err
	}
	listed, err := h.list("/connectapi/v1/providers/", nil, false, func(row) error { return nil })
	if err != nil {
		return err
	}
	known, err := h.known(KindInstitution, KindInstitutionCSV)
	if err == nil {
		err = h.institutions(append(listed, known...))
	}
	if err != nil {
		return err
	}
	return h.relistReports()
}

// listedReport is what KindReportIndex keeps.
type listedReport struct {
	Updated string `json:"updated,omitempty"`
	Report  Report `json:"report"`
}

func (h *haul) relistReports() error {
	same := map[int64]bool{}
	listed, err := h.list(browse+"reports/", url.Values{"ordering": {"date_updated"}}, true, func(r row) error {
		f, err := readFields(r.raw, detailLimits)
		if err != nil {
			return err
		}
		report, err := f.report()
		if err != nil {
			return err
		}
		if same[report.ID], err = h.index(listedReport{f.text("date_updated"), report}); err != nil {
			return err
		}
		return h.full()
	})
	if err != nil {
		return err
	}
	known, err := h.known(KindReport, KindReportCSV)
	if err != nil {
		return err
	}
	ask := slices.DeleteFunc(append(listed, known...), func(id int64) bool { return same[id] })
	if err := h.reports(ask); err != nil {
		return err
	}
	return h.confirm(same)
}

// index stages what the list says of a report, and reports whether it says what it said
// before of one whose detail the mirror has.
func (h *haul) index(l listedReport) (same bool, err error) {
	body, err := encode(l)
	if err != nil {
		return false, err
	}
	id := key(l.Report.ID)
	h.rows = append(h.rows, store.MirrorPut{Kind: string(KindReportIndex), ID: id, Body: body})
	old, there, err := h.m.rows.Row(h.ctx, store.View{}, string(KindReportIndex), id)
	if err != nil || !there || old.Gone || string(old.Body) != string(body) {
		return false, err
	}
	detail, there, err := h.m.rows.Row(h.ctx, store.View{}, string(KindReport), id)
	return there && !detail.Gone, err
}

// confirm stages details that did not change as they are, so that it is known since when.
func (h *haul) confirm(same map[int64]bool) error {
	var ids []int64
	for id, yes := range same {
		if yes {
			ids = append(ids, id)
		}
	}
	left, err := h.unstaged(KindReport, ids)
	if err != nil {
		return err
	}
	for _, id := range left {
		r, _, err := h.m.rows.Row(h.ctx, store.View{}, string(KindReport), key(id))
		if err != nil {
			return err
		}
		h.rows = append(h.rows, store.MirrorPut{Kind: r.Kind, ID: r.ID, Body: r.Body})
		if err := h.full(); err != nil {
			return err
		}
	}
	return h.flush()
}

// institution asks for one institution and all reports that name it. Lists by institution
// have others' reports among them, which do no harm: they are rows like any other.
func (m *Mirror) institution(ctx context.Context, i Import) error {
	id, err := strconv.ParseInt(strings.TrimPrefix(i.Job, jobInstitution), 10, 64)
	if err != nil {
		return err
	}
	h := m.haul(ctx, i)
	if err := h.institutions([]int64{id}); err != nil {
		return err
	}
	w, err := m.World(ctx, time.Time{})
	if err != nil {
		return err
	}
	var reports []int64
	for _, r := range slices.Concat(w.onInstitution[id], w.onPlatform[id]) {
		reports = append(reports, r.ID)
	}
	for _, path := range []string{institutionalReports, programmeReports} {
		listed, err := h.list(path+strconv.FormatInt(id, 10)+"/", nil, true, func(row) error { return nil })
		if err != nil && !errors.Is(err, ErrCapped) && !errors.Is(err, ErrNotFound) {
			return err
		}
		reports = append(reports, listed...)
	}
	return h.reports(reports)
}
