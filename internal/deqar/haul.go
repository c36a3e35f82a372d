package deqar

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"laurel/internal/store"
)

// KindReportIndex is what the list of reports says of each, by which it is known whether its
// detail has changed.
const KindReportIndex Kind = "report-index"

// haul fetches rows one by one and stages them in batches, each with the bytes that they were
// read from. After a kill, rows that are staged are not fetched again.
type haul struct {
	m     *Mirror
	ctx   context.Context
	i     Import
	rows  []store.MirrorPut
	pages []*page
}

func (m *Mirror) haul(ctx context.Context, i Import) *haul { return &haul{m: m, ctx: ctx, i: i} }

// packed is one answer in a file of the archive, which holds one a line.
type packed struct {
	URL     string    `json:"url"`
	Fetched time.Time `json:"fetched"`
	Body    string    `json:"body"`
}

func (h *haul) add(kind Kind, id int64, row any) error {
	body, err := encode(row)
	h.rows = append(h.rows, store.MirrorPut{Kind: string(kind), ID: key(id), Body: body})
	return err
}

func (h *haul) gone(kind Kind, id int64) {
	h.rows = append(h.rows, store.MirrorPut{Kind: string(kind), ID: key(id), Gone: true})
}

// full stages the batch when there is enough of it.
func (h *haul) full() error {
	if len(h.rows) < h.m.batch {
		return nil
	}
	return h.flush()
}

func (h *haul) flush() error {
	if len(h.rows) == 0 && len(h.pages) == 0 {
		return nil
	}
	draft, err := h.m.raw.Draft()
	if err != nil {
		return err
	}
	lines := json.NewEncoder(draft)
	lines.SetEscapeHTML(false)
	for _, p := range h.pages {
		if err := lines.Encode(packed{p.url, p.fetched.UTC(), string(p.body)}); err != nil {
			return errors.Join(err, draft.Drop())
		}
	}
	raw := store.MirrorRaw{URL: h.m.opts.Client.opts.Base + browse, Rows: len(h.pages), Fetched: h.m.opts.Now().UTC()}
	if raw.SHA256, raw.Bytes, err = draft.Keep(); err != nil {
		return err
	}
	err = h.m.rows.Stage(h.ctx, h.i.Number, h.rows, raw)
	h.rows, h.pages = nil, nil
	return err
}

// unstaged are the numbers that are not staged yet, each once and in order.
func (h *haul) unstaged(kind Kind, ids []int64) (left []int64, err error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	keys := make([]string, len(ids))
	for n, id := range ids {
		keys[n] = key(id)
	}
	staged, err := h.m.rows.Staged(h.ctx, h.i.Number, string(kind), keys)
	for n, id := range ids {
		if err == nil && !staged[n] {
			left = append(left, id)
		}
	}
	return left, err
}

// details gets rows by their numbers. One that DEQAR does not have any more is gone.
func details[T any](h *haul, kind Kind, ids []int64, read func([]byte) (T, error), number func(T) int64) error {
	left, err := h.unstaged(kind, ids)
	if err != nil {
		return err
	}
	folder := browse + string(kind) + "s/"
	if kind == KindAgency {
		folder = browse + "agencies/"
	}
	for n, id := range left {
		one, page, err := detail(h.ctx, h.m.opts.Client, folder+strconv.FormatInt(id, 10)+"/", read)
		switch {
		case errors.Is(err, ErrNotFound):
			h.gone(kind, id)
		case err == nil && number(one) != id:
			err = errors.New("DEQAR answered with another row than was asked for")
		case err == nil:
			h.pages = append(h.pages, page)
			err = h.add(kind, id, one)
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return errors.Join(ErrStopped, err, h.save())
		}
		if err := h.full(); err != nil {
			return err
		}
		h.m.opts.Progress(string(kind), n+1, len(left))
	}
	return h.flush()
}

// save keeps what was fetched, though the work cannot go on and its context may have ended.
func (h *haul) save() error {
	ctx := h.ctx
	defer func() { h.ctx = ctx }()
	h.ctx = context.WithoutCancel(ctx)
	return h.flush()
}

func (h *haul) institutions(ids []int64) error {
	return details(h, KindInstitution, ids, ReadInstitution, func(i Institution) int64 { return i.ID })
}

func (h *haul) reports(ids []int64) error {
	return details(h, KindReport, ids, ReadReport, func(r Report) int64 { return r.ID })
}

func (h *haul) agenciesAndCountries() error {
	ids, err := h.list(browse+"agencies/", url.Values{"registered": {"All"}}, true, func(row) error { return nil })
	if err != nil {
		return err
	}
	known, err := h.known(KindAgency)
	if err == nil {
		err = details(h, KindAgency, append(ids, known...), ReadAgency, func(a Agency) int64 { return a.ID })
	}
	if err != nil {
		return err
	}
	_, err = h.list(browse+"countries/", nil, true, func(r row) error {
		c, err := ReadCountry(r.raw)
		if err != nil {
			return err
		}
		return h.add(KindCountry, c.ID, c)
	})
	return err
}

// list reads a list, and keeps its pages.
func (h *haul) list(path string, query url.Values, account bool, each func(row) error) ([]int64, error) {
	var last *page
	ids, err := h.m.opts.Client.list(h.ctx, path, query, account, func(r row) error {
		if r.page != last {
			if err := h.full(); err != nil {
				return err
			}
			last, h.pages = r.page, append(h.pages, r.page)
		}
		return each(r)
	})
	if err != nil {
		return ids, errors.Join(ErrStopped, err, h.save())
	}
	return ids, h.flush()
}

// known are the numbers of the rows of a kind that the mirror has.
func (h *haul) known(kinds ...Kind) (ids []int64, err error) {
	for _, kind := range kinds {
		err = errors.Join(err, h.m.rows.Rows(h.ctx, store.View{}, string(kind), func(r store.MirrorRow) error {
			if r.Gone {
				return nil
			}
			id, err := idOf(r.ID)
			ids = append(ids, id)
			return err
		}))
	}
	return ids, err
}

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
