//! NUnit 3 XML.

use super::nunit2::{Fixture, Outcome, part_of_path};
use super::xml::{Handler, Keep, MOST_ITEMS, Shared, Tag, add_pair, instant_ms, non_empty, seconds_ms, walk};
use super::{Attachment, Case, Draft, Head, Input, Status};

/// Whether this is one. Runners that have no console around them (Unity) write suites alone.
pub(super) fn detect(head: &Head) -> bool {
    match head.root() {
        Some("test-run") => true,
        Some("test-suite") => head.text.contains("testcasecount="),
        _ => false,
    }
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    walk(input, draft, &mut Nunit3::default());
}

#[derive(Default)]
struct Nunit3 {
    fixtures: Vec<Fixture>,
    case: Option<Case>,
    outcome: Outcome,
    /// Elements within `assertions` repeat the failure.
    in_assertions: bool,
    attachment: Attachment,
    classes: Shared,
}

impl Handler for Nunit3 {
    fn start(&mut self, tag: Tag, draft: &mut Draft) -> Keep {
        match tag.name {
            "test-run" => start_run(tag, draft),
            "test-suite" => {
                let fixture = start_suite(tag, self.fixtures.last());
                self.fixtures.push(fixture);
            }
            "test-case" => {
                self.outcome = Outcome::default();
                self.case = Some(self.start_case(tag));
            }
            "assertions" => self.in_assertions = true,
            "message" | "stack-trace" if !self.in_assertions => return Keep::Start,
            "output" => return Keep::End,
            "filePath" | "description" => return Keep::Start,
            "attachment" => self.attachment = Attachment::default(),
            "property" => {
                if let Some(case) = &mut self.case {
                    add_pair(&mut case.properties, &tag.text("name"), tag.text("value"));
                }
            }
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft) {
        let text = text.and_then(non_empty);
        let outcome = match (&self.case, self.fixtures.last_mut()) {
            (None, Some(fixture)) => &mut fixture.outcome,
            _ => &mut self.outcome,
        };
        match name {
            "assertions" => self.in_assertions = false,
            "message" if !self.in_assertions => outcome.message = text,
            "stack-trace" if !self.in_assertions => outcome.stack = text,
            "output" => {
                if let Some(case) = &mut self.case {
                    case.stdout = text;
                }
            }
            "filePath" => self.attachment.path = text.unwrap_or_default().trim().to_owned(),
            "description" => self.attachment.name = text.unwrap_or_default().trim().to_owned(),
            "attachment" => self.attach(),
            "test-case" => self.end_case(draft),
            "test-suite" => {
                if let Some(fixture) = self.fixtures.pop() {
                    fixture.finish(self.fixtures.last_mut(), draft);
                }
            }
            _ => {}
        }
    }
}

impl Nunit3 {
    fn start_case(&mut self, tag: Tag) -> Case {
        let suite = self.fixtures.last().map(|fixture| fixture.path.clone()).unwrap_or_default();
        let mut case = Case { suite, status: Status::Errored, ..Case::default() };
        let (mut full_name, mut label) = (String::new(), String::new());
        for (key, value) in tag.attributes() {
            match key {
                "name" => case.name = value.text(),
                "fullname" => full_name = value.text(),
                "classname" => case.class = self.classes.of(&value.cow()),
                "result" => case.status = status(&value.cow()),
                "label" => label = value.text(),
                "duration" | "time" => case.duration_ms = seconds_ms(&value.cow()),
                _ => {}
            }
        }
        if case.status == Status::Failed && matches!(&*label, "Error" | "Invalid" | "Cancelled") {
            case.status = Status::Errored;
        }
        if case.name.is_empty() {
            case.name = full_name;
        }
        case
    }

    fn end_case(&mut self, draft: &mut Draft) {
        let Some(mut case) = self.case.take() else { return };
        case.detail = self.outcome.take(case.status);
        if let Some(fixture) = self.fixtures.last_mut() {
            fixture.cases += 1;
        }
        draft.push(case);
    }

    fn attach(&mut self) {
        let mut attachment = std::mem::take(&mut self.attachment);
        let Some(case) = self.case.as_mut().filter(|case| case.attachments.len() <= MOST_ITEMS) else { return };
        if attachment.path.is_empty() {
            return;
        }
        if attachment.name.is_empty() {
            attachment.name = part_of_path(&attachment.path).to_owned();
        }
        case.attachments.push(attachment);
    }
}

fn start_run(tag: Tag, draft: &mut Draft) {
    if let Some(at) = tag.get("start-time").and_then(|at| instant_ms(&at.cow())) {
        draft.set_started_at(at);
    }
    if let Some(duration_ms) = tag.get("duration").and_then(|time| seconds_ms(&time.cow())) {
        draft.set_duration_ms(duration_ms);
    }
    draft.set_tool("NUnit 3");
    let claim = draft.claim_mut();
    claim.total = tag.number("total");
    claim.failed = tag.number("failed");
    claim.skipped = tag.number("skipped");
}

fn start_suite(tag: Tag, parent: Option<&Fixture>) -> Fixture {
    let mut fixture = Fixture::new(&tag.text("name"), parent);
    let is_failed = tag.text("result") == "Failed";
    // Other sites are those of children and parents.
    fixture.is_failing = is_failed;
    fixture.failed_itself = is_failed && matches!(&*tag.text("site"), "SetUp" | "TearDown");
    fixture
}

fn status(result: &str) -> Status {
    match result {
        "Passed" | "Warning" => Status::Passed,
        "Failed" => Status::Failed,
        "Skipped" | "Inconclusive" => Status::Skipped,
        _ => Status::Errored,
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Format, Scope, Status};

    #[test]
    fn cases_are_read_with_their_details() {
        let report = sample(
            Format::Nunit3,
            "<test-run total='3' failed='1' duration='2.5' start-time='2024-01-01 00:00:00Z'>\
             <test-suite type='Assembly' name='T.dll' result='Failed' site='Child'><failure><message>child</message></failure>\
             <test-suite type='TestFixture' name='F' result='Failed' site='TearDown'><failure><message>teardown</message></failure>\
             <test-case name='Bad' fullname='N.F.Bad' classname='N.F' result='Failed' label='Error' duration='0.5'>\
             <properties><property name='Category' value='slow'/></properties>\
             <failure><message>no</message><stack-trace>at x</stack-trace></failure>\
             <assertions><assertion><message>again</message></assertion></assertions><output>out</output>\
             <attachments><attachment><filePath>/a/b.png</filePath><description>shot</description></attachment></attachments>\
             </test-case><test-case name='Skip' classname='N.F' result='Skipped'><reason><message>why</message></reason></test-case>\
             </test-suite></test-suite></test-run>",
        );
        let [bad, skip, fixture] = &report.cases[..] else { panic!() };
        assert_eq!((&*bad.suite, bad.class.as_deref(), bad.status), ("T.dll > F", Some("N.F"), Status::Errored));
        let detail = bad.detail.as_ref().unwrap();
        assert_eq!((detail.message.as_str(), detail.stack.as_deref()), ("no", Some("at x")));
        assert_eq!((bad.attachments[0].name.as_str(), bad.attachments[0].path.as_str()), ("shot", "/a/b.png"));
        assert_eq!((skip.status, skip.detail.as_ref().unwrap().message.as_str()), (Status::Skipped, "why"));
        assert_eq!(
            (fixture.scope, fixture.name.as_str(), fixture.detail.as_ref().unwrap().message.as_str()),
            (Scope::Suite, "F", "teardown")
        );
        assert_eq!((report.claim.total, report.duration_ms), (Some(3), Some(2500)));
    }

    #[test]
    fn an_assembly_that_could_not_be_loaded_is_a_failure() {
        let report = sample(
            Format::Nunit3,
            "<test-run><test-suite type='Assembly' name='T.dll' result='Failed' label='Invalid'>\
             <reason><message>not found</message></reason></test-suite></test-run>",
        );
        assert_eq!((report.cases[0].scope, report.cases[0].status), (Scope::Suite, Status::Errored));
        assert_eq!(report.cases[0].detail.as_ref().unwrap().message, "not found");
    }
}
