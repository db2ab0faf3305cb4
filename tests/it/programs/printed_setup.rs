//! What `leaseline gateway new` prints, read as a partner reads it: what to paste, and where.

/// The text for the person.
pub struct Printed(pub String);

/// Lines of a configuration file that belong together.
#[derive(Debug, Clone)]
pub struct Block(pub Vec<String>);

impl Printed {
    /// Blocks all of whose lines are settings or comments, in their order.
    pub fn blocks(&self) -> Vec<Block> {
        let paragraphs = self.0.split("\n\n");
        let paragraphs = paragraphs.filter(|paragraph| paragraph.lines().all(is_setting));
        paragraphs
            .map(|paragraph| Block(paragraph.lines().map(str::to_owned).collect()))
            .collect()
    }

    /// The one block that has a setting of that name.
    pub fn block(&self, name: &str) -> Block {
        let mut with: Vec<Block> = self.blocks();
        with.retain(|block| block.0.iter().any(|line| line.starts_with(&format!("{name} = "))));
        assert_eq!(with.len(), 1, "one block has {name}: {}", self.0);
        with.remove(0)
    }

    /// The lines that are to be typed, of which this is the first.
    pub fn typed(&self, first: &str) -> Vec<String> {
        let mut paragraphs = self.0.split("\n\n");
        let found = paragraphs.find(|paragraph| paragraph.lines().next() == Some(first));
        let found = found.unwrap_or_else(|| panic!("no paragraph begins with {first}: {}", self.0));
        found.lines().map(str::to_owned).collect()
    }

    /// The script that is to be pasted.
    pub fn script(&self) -> String {
        let (_, rest) = self.0.split_once("<<'END_OF_HANDLER'\n").expect("a script");
        let (script, _) = rest.split_once("END_OF_HANDLER\n").expect("the end of the script");
        script.to_owned()
    }

    /// What follows these characters on their line.
    pub fn after(&self, start: &str) -> &str {
        let mut found = self.0.lines().filter_map(|line| line.trim().strip_prefix(start));
        found
            .next()
            .unwrap_or_else(|| panic!("no line begins with {start}: {}", self.0))
    }
}

impl Block {
    /// Gives a setting that is there another value.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        *self.line(name) = format!("{name} = {value}");
        self
    }

    /// Puts something else in the place of a setting that is there.
    pub fn replace(mut self, name: &str, line: &str) -> Self {
        line.clone_into(self.line(name));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        let wanted = self.line(name).clone();
        self.0.retain(|line| *line != wanted);
        self
    }

    /// A setting outside the setup instructions: the test's own paths and ports.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push(format!("{name} = {value}"));
        self
    }

    pub fn value(&mut self, name: &str) -> String {
        let line = self.line(name).clone();
        line.split_once(" = ").expect("a setting").1.to_owned()
    }

    pub fn has(&self, name: &str) -> bool {
        let start = format!("{name} = ");
        self.0.iter().any(|line| line.to_lowercase().starts_with(&start))
    }

    fn line(&mut self, name: &str) -> &mut String {
        let start = format!("{name} = ");
        let shown = self.0.join("\n");
        let found = self.0.iter_mut().find(|line| line.starts_with(&start));
        found.unwrap_or_else(|| panic!("no {name} in: {shown}"))
    }

    pub fn text(&self) -> String {
        format!("{}\n\n", self.0.join("\n"))
    }
}

fn is_setting(line: &str) -> bool {
    let is_name = |text: &str| {
        text.chars()
            .all(|one| one.is_ascii_alphanumeric() || "-_".contains(one))
    };
    line.starts_with('#') || line.split_once(" = ").is_some_and(|(name, _)| is_name(name))
}
