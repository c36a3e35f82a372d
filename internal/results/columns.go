package results

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"laurel/internal/delimited"
	"laurel/issuer"
)

// column is one column of a file.
type column struct {
	name    string // its first word in the table of columns; empty where it is left out
	written string // as the header has it
	read    func(*issuer.Result, string) error
}

// kind is a column that Laurel knows.
type kind struct {
	words    []string // the first is its name, the others are synonyms
	required bool
	read     func(*issuer.Result, string) error
}

const (
	assessmentID = "assessment_id"
	validUntil   = "valid_until"
)

// kinds are the columns of a file, apart from result:KEY. Case, and the choice of blank,
// hyphen or underscore, make no difference.
var kinds = []kind{
	{words: []string{assessmentID, "key", "id", "assessment", "assessment_key", "考核编号", "考试编号", "评估编号", "编号"}, required: true, read: readKey},
	{words: []string{"email", "e_mail", "mail", "email_address", "e_mail_address", "邮箱", "电子邮箱", "电子邮件", "邮箱地址"}, required: true, read: readEmail},
	{words: []string{"awarded", "date", "awarded_at", "awarded_date", "award_date", "日期", "获得日期", "颁发日期", "授予日期"}, required: true, read: readAwarded},
	{words: []string{"name", "full_name", "learner", "learner_name", "student", "student_name", "姓名", "学员姓名", "学生姓名"}, read: readName},
	{words: []string{"show_name", "public_name", "公开姓名", "显示姓名"}, read: readShowName},
	{words: []string{validUntil, "expires", "expiry", "expiry_date", "有效期", "有效期至", "到期日期"}, read: readValidUntil},
	{words: []string{"narrative", "评语", "说明"}, read: readNarrative},
	{words: []string{"evidence_url", "evidence", "证据", "证据链接"}, read: readEvidence},
	{words: []string{"license_number", "licence_number", "license", "licence", "证书编号", "许可证号"}, read: shortText(func(r *issuer.Result) *string { return &r.LicenseNumber })},
	{words: []string{"credits", "credits_earned", "学分"}, read: readCredits},
	{words: []string{"term", "学期"}, read: shortText(func(r *issuer.Result) *string { return &r.Term })},
}

// known lists the columns that a file may have, those first that it must have.
func known() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.words[0])
	}
	return append(names, "result:KEY")
}

// parseHeader finds out what each column holds. Beside the kinds there are result:KEY,
// also written 结果:KEY, the result under a result description of the achievement; columns
// that are left out, which begin with x_ or #; and columns without a name, which must be
// empty throughout.
func parseHeader(header delimited.Row) ([]column, error) {
	columns := make([]column, len(header.Cells))
	seen := map[string]string{}
	var unknown []string
	values := 0
	for n, cell := range header.Cells {
		c, ok := parseColumn(cell)
		if !ok {
			unknown = append(unknown, fmt.Sprintf("%.60q", cell))
			continue
		}
		if earlier, twice := seen[c.name]; twice && c.name != "" {
			return nil, fmt.Errorf("line %d: the columns %q and %q mean the same, %s; take one out, or put x_ before its name", header.Line, earlier, c.written, c.name)
		}
		if strings.HasPrefix(c.name, "result:") {
			values++
		}
		seen[c.name] = c.written
		columns[n] = c
	}
	if values > MaxResults {
		return nil, fmt.Errorf("line %d: the header has %d columns of results, and %d are allowed; split the file", header.Line, values, MaxResults)
	}
	var missing []string
	for _, k := range kinds {
		if _, ok := seen[k.words[0]]; k.required && !ok {
			missing = append(missing, k.words[0])
		}
	}
	if len(unknown) == 0 && len(missing) == 0 {
		return columns, nil
	}
	return nil, headerFault(header, unknown, missing)
}

func headerFault(header delimited.Row, unknown, missing []string) error {
	var problem []string
	if len(missing) > 0 {
		problem = append(problem, "misses the column "+strings.Join(missing, " and the column "))
	}
	if len(unknown) > 0 {
		if len(unknown) > 10 {
			unknown = append(unknown[:10], "…")
		}
		problem = append(problem, "has columns that are not known: "+strings.Join(unknown, ", "))
	}
	return fmt.Errorf("line %d: the header %s; known are %s; put x_ before the name of a column that is to be left out",
		header.Line, strings.Join(problem, ", and "), strings.Join(known(), ", "))
}

var (
	spelling = strings.NewReplacer(" ", "_", "-", "_", "\u00a0", "_", "\u3000", "_", "：", ":")
	// resultKey is what the key of a result description may look like.
	resultKey = form(`^[\x21-\x7e]{1,64}$`)
)

func parseColumn(cell string) (column, bool) {
	written := strings.TrimSpace(cell)
	word := strings.ToLower(spelling.Replace(written))
	switch {
	case word == "":
		return column{read: readNothing}, true
	case strings.HasPrefix(word, "x_") || strings.HasPrefix(word, "#"):
		return column{read: func(*issuer.Result, string) error { return nil }}, true
	}
	if prefix, _, ok := strings.Cut(word, ":"); ok && (prefix == "result" || prefix == "结果") {
		_, key, _ := strings.Cut(strings.Replace(written, "：", ":", 1), ":")
		key = strings.TrimSpace(key)
		return column{name: "result:" + key, written: written, read: readValue(key)}, resultKey().MatchString(key)
	}
	for _, k := range kinds {
		if slices.Contains(k.words, word) {
			return column{name: k.words[0], written: written, read: k.read}, true
		}
	}
	return column{}, false
}

func readNothing(_ *issuer.Result, cell string) error {
	if strings.TrimSpace(cell) == "" {
		return nil
	}
	return errors.New("a cell stands under no column name; name the column in the header, or put a cell that holds the delimiter in double quotes")
}
