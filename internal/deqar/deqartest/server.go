package deqartest

import (
	"compress/gzip"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The account that the fake knows.
const (
	Username = "sample-operator"
	Password = "sample-password-4711"
)

// Fault is what goes wrong with a request.
type Fault string

// The faults.
const (
	TooMany   Fault = "429, come again in 7 seconds"
	Failure   Fault = "500"
	HTML      Fault = "200, with the page of a proxy"
	Truncated Fault = "cut in the middle of the body"
	Bomb      Fault = "a gzip body that was not asked for"
	Elsewhere Fault = "a redirect to another host"
	Silent    Fault = "no answer until the client gives up"
)

// Server is the fake. Its World may be changed under Lock, and by OnPage.
type Server struct {
	URL   string
	World *World

	OnPage    func(path string, offset int) // after a page of a list was made; the lock is held
	TokenUses int                           // after so many requests a token expires; zero: never
	PageLimit int                           // the most rows of a page; zero: 1000
	NoFields  []string                      // fields of rows that it does not have, as of old

	mu        sync.Mutex
	http      *httptest.Server
	faults    []plan
	uses      int
	logins    int
	token     string
	programme int64
	asked     map[string]int
	unaligned int
	count     int
}

type plan struct {
	part  string
	fault Fault
	left  int
	after int // requests
}

// New starts the fake on loopback; it ends with the test.
func New(t testing.TB, w *World) *Server {
	s := &Server{World: w, asked: map[string]int{}}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	t.Cleanup(func() { s.http.CloseClientConnections(); s.http.Close() })
	return s
}

// Lock runs a change of the world between two requests.
func (s *Server) Lock(change func(*World)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.World)
}

// Fail lets the next n requests whose path contains a part go wrong.
func (s *Server) Fail(part string, fault Fault, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, plan{part, fault, n, 0})
}

// FailAfter lets n requests go wrong after some have been answered.
func (s *Server) FailAfter(answered int, fault Fault, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, plan{"", fault, n, s.count + answered})
}

// Asked is how many requests had a path that contains a part.
func (s *Server) Asked(part string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, count := range s.asked {
		if strings.Contains(path, part) {
			n += count
		}
	}
	return n
}

// Unaligned is how many pages were asked for at an offset that is no multiple of the limit,
// and Logins how often somebody logged in.
func (s *Server) Unaligned() int { s.mu.Lock(); defer s.mu.Unlock(); return s.unaligned }

// Logins is how often somebody logged in.
func (s *Server) Logins() int { s.mu.Lock(); defer s.mu.Unlock(); return s.logins }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked[r.URL.Path]++
	var fault Fault
	for n := range s.faults {
		if s.faults[n].left > 0 && s.count >= s.faults[n].after && strings.Contains(r.URL.Path, s.faults[n].part) {
			s.faults[n].left--
			fault = s.faults[n].fault
			break
		}
	}
	s.count++
	s.mu.Unlock()
	if fault != "" {
		s.fail(w, r, fault)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer(w, r)
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, fault Fault) {
	switch fault {
	case TooMany:
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	case Failure:
		http.Error(w, "Server Error (500)", http.StatusInternalServerError)
	case HTML:
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<!DOCTYPE html>\n<html><body>We will be back soon, \"surely</body></html>\n")
	case Truncated:
		w.Header().Set("Content-Length", "5000")
		io.WriteString(w, `{"count": 1, "results": [`)
	case Bomb:
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		zip.Write(make([]byte, 8<<20))
		zip.Close()
	case Elsewhere:
		http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
	case Silent:
		io.Copy(io.Discard, r.Body) // only then it is seen that the client is gone
		<-r.Context().Done()
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch {
	case path == "/accounts/get_token/":
		s.login(w, r)
	case strings.HasPrefix(path, "/static/daily-csv/"):
		s.file(w, r, strings.TrimPrefix(path, "/static/daily-csv/"))
	case strings.HasPrefix(path, "/connectapi/v1/providers/"):
		s.search(w, r, s.hits(true))
	case strings.HasPrefix(path, "/webapi/v2/browse/"):
		if s.allowed(w, r) {
			s.browse(w, r, strings.Split(strings.Trim(strings.TrimPrefix(path, "/webapi/v2/browse/"), "/"), "/"))
		}
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	var said struct{ Username, Password string }
	if r.Method != http.MethodPost || json.NewDecoder(r.Body).Decode(&said) != nil || said.Username != Username || said.Password != Password {
		w.WriteHeader(http.StatusUnauthorized)
		write(w, object{"state": "error", "errorMessage": "Unable to log in with provided credentials."})
		return
	}
	s.logins++
	s.uses = 0
	s.token = fmt.Sprintf("sample-token-%d", s.logins)
	write(w, object{"state": "success", "token": s.token, "account": object{"email": "operator@college.example"}})
}

func (s *Server) allowed(w http.ResponseWriter, r *http.Request) bool {
	s.uses++
	expired := s.TokenUses > 0 && s.uses > s.TokenUses
	if s.token == "" || expired || subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+s.token)) != 1 {
		w.WriteHeader(http.StatusUnauthorized)
		write(w, object{"detail": "Invalid token."})
		return false
	}
	return true
}

func (s *Server) file(w http.ResponseWriter, r *http.Request, name string) {
	var text string
	switch name {
	case "deqar-institutions.csv":
		text = s.World.InstitutionsCSV()
	case "deqar-reports.csv":
		text = s.World.ReportsCSV()
	case "deqar-agencies.csv":
		text = s.World.AgenciesCSV()
	default:
		http.NotFound(w, r)
		return
	}
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(text)))
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "text/csv")
	io.WriteString(w, text)
}

// write answers with JSON, without the fields that the fake does not have.
func write(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(what)
}

func (s *Server) detail(w http.ResponseWriter, o object, found bool) {
	if !found {
		w.WriteHeader(http.StatusNotFound)
		write(w, object{"detail": "Not found."})
		return
	}
	for _, name := range s.NoFields {
		delete(o, name)
	}
	write(w, o)
}

func (s *Server) browse(w http.ResponseWriter, r *http.Request, parts []string) {
	id := int64(0)
	if len(parts) > 1 {
		id, _ = strconv.ParseInt(parts[1], 10, 64)
	}
	history := r.URL.Query().Get("history") == "true"
	switch {
	case slices.Equal(parts, []string{"agencies"}):
		s.plain(w, r, s.agencyRows(r.URL.Query()))
	case slices.Equal(parts, []string{"countries"}):
		rows := []object{}
		for _, code := range []string{"AT", "DE"} {
			rows = append(rows, country(code))
		}
		s.plain(w, r, rows)
	case slices.Equal(parts, []string{"institutions"}):
		s.search(w, r, s.hits(false))
	case slices.Equal(parts, []string{"reports"}):
		s.search(w, r, s.reportHits(r.URL.Query()))
	case len(parts) == 4 && parts[0] == "reports" && parts[2] == "by-institution":
		s.byInstitution(w, r, parts[1], parts[3])
	case len(parts) == 2 && parts[0] == "agencies":
		a, found := s.World.Agencies[id]
		s.detail(w, build(found, func() object { return a.detail() }), found)
	case len(parts) == 2 && parts[0] == "institutions":
		i, found := s.World.Institutions[id]
		s.detail(w, build(found, func() object { return i.detail(history) }), found)
	case len(parts) == 2 && parts[0] == "reports":
		report, found := s.World.Reports[id]
		s.detail(w, build(found, func() object { return s.reportDetail(report, false) }), found)
	default:
		http.NotFound(w, r)
	}
}

func build(found bool, row func() object) object {
	if !found {
		return nil
	}
	return row()
}

func (s *Server) agencyRows(q url.Values) (rows []object) {
	for _, a := range ordered(s.World.Agencies) {
		if a.Registered || q.Get("registered") == "All" {
			rows = append(rows, a.row())
		}
	}
	return rows
}

func (s *Server) hits(all bool) (rows []object) {
	for _, i := range ordered(s.World.Institutions) {
		if all || !i.ReportLess {
			rows = append(rows, i.hit())
		}
	}
	return rows
}

// reportHits hides high level flags, as the list of reports does and the detail does not.
func (s *Server) reportHits(q url.Values) (rows []object) {
	reports := ordered(s.World.Reports)
	if q.Get("ordering") == "date_updated" {
		reports = s.World.byUpdate()
	}
	for _, r := range reports {
		if r.Flag != "high level" {
			rows = append(rows, s.reportHit(r))
		}
	}
	return rows
}

// byInstitution has reports of the institution's alliances, and those that name it merely as
// a platform, among its own.
func (s *Server) byInstitution(w http.ResponseWriter, r *http.Request, list, number string) {
	id, _ := strconv.ParseInt(number, 10, 64)
	reach := []int64{id}
	if i := s.World.Institutions[id]; i != nil {
		for _, parent := range i.Parents {
			reach = append(reach, parent.ID)
		}
	}
	rows := []object{}
	for _, report := range ordered(s.World.Reports) {
		own := slices.Contains(report.Platforms, id) || slices.ContainsFunc(reach, func(id int64) bool { return slices.Contains(report.Institutions, id) })
		if !own || report.Flag == "high level" || (len(report.Programmes) == 0) != (list == "institutional") {
			continue
		}
		if list == "programme" {
			rows = append(rows, object{"id": s.programme, "report": s.reportDetail(report, true)})
		} else {
			rows = append(rows, s.reportDetail(report, true))
		}
	}
	s.search(w, r, rows)
}
