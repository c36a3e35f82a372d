package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"laurel/internal/bench"
	"laurel/verifier"
)

// BenchmarkVerifyOverHTTP compares, on one core, a verification that a program asks for over
// HTTP with the same one in process. All are timed in turns within one run. Client and server
// share the core, so that a POST costs what both do; the cost of a POST of the same bytes that
// does nothing is taken off:
//
//	ratio = in process / (POST - POST of nothing)
//
// which is the rate over HTTP, less the cost of HTTP, to the rate in process; the goal is 0.7.
// The POST of nothing is logged and bounded like every other, reads its body and answers with
// none. What remains beside the verification is the token, the reading of the request as strict
// JSON, its schema, the limits and the report. admitted-ratio is the same with a POST that is
// authorized and admitted like a verification, and answers with an empty object.
//
// GOGC=200 is what a server runs with.
func BenchmarkVerifyOverHTTP(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	o := newOverHTTP(b)
	const inProcess = "in process"
	operations := []bench.Operation{
		{Name: inProcess, Run: o.inProcess},
		{Name: "POST of nothing", Of: inProcess, Run: func() error { return o.post("/nothing", "") }},
		{Name: "POST admitted", Of: inProcess, Run: func() error { return o.post("/admitted", "{}") }},
		{Name: "POST", Of: inProcess, Run: func() error { return o.post(apiRoot+"/verify", `{"verdict":"valid"`) }},
	}
	const leastRounds = 25
	results := must(bench.Measure(b.Context(), operations, leastRounds+b.N))(b)
	b.ReportMetric(0, "ns/op")
	for _, r := range results {
		b.ReportMetric(float64(r.Time.Nanoseconds())/1e3, "µs/"+strings.ReplaceAll(r.Name, " ", "-"))
	}
	nothing, admitted, post := results[1].Ratio, results[2].Ratio, results[3].Ratio
	b.ReportMetric(1/(post-nothing), "ratio")
	b.ReportMetric(1/(post-admitted), "admitted-ratio")
}

// overHTTP is a server that listens, with what is asked of it.
type overHTTP struct {
	verifier *verifier.Verifier
	sample   []byte
	body     []byte // the sample, as the API takes it
	token    string

	connection net.Conn
	answers    *bufio.Reader // from the connection
	answer     bytes.Buffer  // the last one's body
}

func newOverHTTP(b *testing.B) *overHTTP {
	s := newSite(b, testBase, false)
	o := &overHTTP{}
	var err error
	if o.sample, o.verifier, err = bench.Sample(b.Context()); err != nil {
		b.Fatal(err)
	}
	o.body = fmt.Appendf(nil, `{"credential":%s}`, o.sample)
	if o.token, _, err = s.issuer.NewAccessToken(b.Context(), "benchmark"); err != nil {
		b.Fatal(err)
	}
	now := s.now
	server := must(New(Config{
		Issuer: s.issuer, Verifier: o.verifier, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Now: func() time.Time { now = now.Add(verifyEvery); return now }, // as fast as one client may ask
	}))(b)
	server.echo.POST("/nothing", func(c echo.Context) error {
		_, err := io.Copy(io.Discard, c.Request().Body)
		return err
	})
	for _, op := range operations() {
		if op.name == "verify" {
			op.handle = func(*Server, echo.Context, request) (int, any, error) { return http.StatusOK, struct{}{}, nil }
			server.echo.POST("/admitted", server.operate(op))
		}
	}
	listener := must(net.Listen("tcp", "127.0.0.1:0"))(b)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx, listener) }()
	o.connection = must(net.Dial("tcp", listener.Addr().String()))(b)
	o.answers = bufio.NewReader(o.connection)
	b.Cleanup(func() {
		stop()
		if err := errors.Join(o.connection.Close(), <-ended); err != nil {
			b.Error(err)
		}
	})
	return o
}

func (o *overHTTP) inProcess() error {
	r := o.verifier.Verify(context.Background(), verifier.Request{Input: o.sample})
	if r.Verdict != verifier.Valid {
		return fmt.Errorf("the sample is %s", r.Verdict)
	}
	return nil
}

// post sends the sample and reads the answer, over one connection that stays. It does little
// more than that, so that what is measured is the server.
func (o *overHTTP) post(path, want string) error {
	_, err := fmt.Fprintf(o.connection, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		path, o.connection.RemoteAddr(), o.token, typeJSON, len(o.body), o.body)
	if err != nil {
		return err
	}
	resp, err := http.ReadResponse(o.answers, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	o.answer.Reset()
	_, err = o.answer.ReadFrom(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || !bytes.HasPrefix(o.answer.Bytes(), []byte(want))) {
		return fmt.Errorf("%s: %s %.200s", path, resp.Status, o.answer.Bytes())
	}
	return err
}
