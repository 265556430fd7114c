import Testing

@Suite struct HelpTests {
  @Test(
    "the help of every command is as recorded",
    arguments: [
      "", "classify", "evaluate", "train", "features", "explain", "visualize",
      "visualize filters", "visualize maps", "visualize class", "report", "sort", "index",
      "similar", "duplicates", "info", "bench", "completions", "model", "model pull",
      "model import", "model compress", "model quantize", "model classes",
    ])
  func help(command: String) throws {
    let words = command.split(separator: " ").map(String.init)
    let outcome = try BuiltProgram.run(words + ["--help"], environment: ["COLUMNS": "80"])
    try expectSnapshot((["help"] + words).joined(separator: "-"), outcome)
  }

  @Test("every topic that 'help topics' lists has a page of its own")
  func topics() throws {
    let list = try BuiltProgram.run("help", "topics")
    let names = list.stdout.split(separator: "\n").compactMap { $0.split(separator: " ").first }
    #expect(names.count == 14 && list.exitCode == 0)
    for name in names {
      let page = try BuiltProgram.run("help", String(name))
      #expect(page.exitCode == 0 && page.stderr.isEmpty && page.stdout.count > 200)
      #expect(page.stdout.split(separator: "\n").allSatisfy { $0.count <= 86 }, "\(name)")
    }
  }

  @Test(
    "a topic names everything that the program can answer",
    arguments: [
      ("exit-codes", ["0", "1", "64", "65", "66", "69", "70", "71", "73", "74", "129, 130, 143"]),
      (
        "records",
        [
          "path", "path_base64", "archive", "width, height", "model", "precision", "group",
          "predictions",
          "predictions[].rank",
          "predictions[].index", "predictions[].wnid", "predictions[].label",
          "predictions[].probability", "error", "error.code", "error.message",
        ]
      ),
    ])
  func terms(topic: String, terms: [String]) throws {
    let page = try BuiltProgram.run("help", topic).stdout
    let found = page.split(separator: "\n").filter {
      $0.hasPrefix("  ") && !$0.hasPrefix("   ")
    }.map { String($0.dropFirst(2)) }
    #expect(found == terms)
  }

  @Test("--version prints name and version on standard output")
  func version() throws {
    let outcome = try BuiltProgram.run("--version")
    #expect(outcome.stdout.wholeMatch(of: /alexnet \d+\.\d+\.\d+\n/) != nil)
    #expect(outcome.stderr.isEmpty && outcome.exitCode == 0)
  }

  @Test("completion scripts are made for three shells", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) throws {
    let outcome = try BuiltProgram.run("--generate-completion-script", shell)
    #expect(outcome.exitCode == 0)
    for word in ["evaluate", "quantize", "min-probability", "bvlc_alexnet"] {
      #expect(outcome.stdout.contains(word))
    }
  }
}

@Suite struct UsageTests {
  @Test(
    "wrong usage is one line that says what is wrong, and exit code 64",
    arguments: [
      ([], "alexnet: Nothing to classify: name a file, a folder, or - for standard input."),
      (
        ["classify"],
        "alexnet: Nothing to classify: name a file, a folder, or - for standard input."
      ),
      (["--frobnicate"], "alexnet: Unknown option '--frobnicate'"),
      (["help", "nosuch"], "alexnet: there is no command 'alexnet nosuch'"),
      (["help", "model", "nosuch"], "alexnet: there is no command 'alexnet model nosuch'"),
      (["--frobnicate", "x"], "alexnet: Unknown option '--frobnicate'"),
      (["--top", "0", "x"], "alexnet: --top must be at least 1."),
      (["--top", "many", "x"], "alexnet: The value 'many' is invalid for '--top <count>'"),
      (["--top", "-1", "x"], "alexnet: --top must be at least 1."),
      (["-t", "-1", "x"], "alexnet: --top must be at least 1."),
      (["--top", "--json", "x"], "alexnet: The value '--json' is invalid for '--top <count>'"),
      (["x", "--top"], "alexnet: Missing value for '--top <count>'"),
      (["--min-probability", "-0.5", "x"], "alexnet: --min-probability must be between 0 and 1."),
      (["-j", "-2", "x"], "alexnet: --threads must be between 1 and 1024."),
      (["--batch-size", "-3", "x"], "alexnet: --batch-size must be between 1 and 1024."),
      (["--max-pixels", "-5", "x"], "alexnet: --max-pixels must be at least 1."),
      (["bench", "--batch", "-1"], "alexnet: --batch must be between 1 and 1024."),
      (["bench", "--threads", "-1"], "alexnet: --threads must be between 1 and 1024."),
      (
        ["bench", "--train", "--precision", "int8"],
        "alexnet: --train: the --precision can be fp32, which auto is here, or bf16."
      ),
      (
        ["bench", "--train", "--model", "starter"],
        "alexnet: --train measures a --variant; a --model is only measured forward."
      ),
      (["bench", "--batch-norm"], "alexnet: --batch-norm is for --train."),
      (
        ["train", "x", "-o", "y", "--variant", "caffenet"],
        "alexnet: --variant is for --from-scratch."
      ),
      (
        ["bench", "--seconds", "-1"], "alexnet: --seconds must be more than 0, and at most 3600."
      ),
      (
        ["model", "quantize", "x", "--calibrate", "y", "--output", "z", "--images", "-1"],
        "alexnet: --images must be at least 1."
      ),
      (["--min-probability", "1.5", "x"], "alexnet: --min-probability must be between 0 and 1."),
      (["--min-probability", "nan", "x"], "alexnet: --min-probability must be between 0 and 1."),
      (["--threads", "0", "x"], "alexnet: --threads must be between 1 and 1024."),
      (["--batch-size", "0", "x"], "alexnet: --batch-size must be between 1 and 1024."),
      (["--max-pixels", "0", "x"], "alexnet: --max-pixels must be at least 1."),
      (["--max-memory", "1000", "x"], "alexnet: --max-memory must be at least 1M."),
      (
        ["--max-memory", "9999999999T", "x"],
        "alexnet: The value '9999999999T' is invalid for '--max-memory <size>'"
      ),
      (
        ["--max-memory", "-1G", "x"],
        "alexnet: The value '-1G' is invalid for '--max-memory <size>'"
      ),
      (
        ["--json", "--jsonl", "x"],
        "alexnet: Results can have only one format, and these options ask for json and jsonl."
      ),
      (
        ["--json", "--format", "csv", "x"],
        "alexnet: Results can have only one format, and these options ask for csv and json."
      ),
      (["--output", "", "x"], "alexnet: The name of the output file is empty."),
      (
        ["--output", "x.XLSX", "x"],
        "alexnet: Results cannot be written as .xlsx: the endings are json, jsonl and csv, and a .csv file opens in spreadsheets. With --format the file may have any ending."
      ),
      (["--model", "", "x"], "alexnet: The name of the model is empty."),
      (
        ["-0", "x"], "alexnet: -0 needs --files-from: it says how the names in that list end."
      ),
      (["-", "-"], "alexnet: Standard input (-) can be read only once."),
      (["--files-from", "-", "-"], "alexnet: Standard input (-) can be read only once."),
      ([""], "alexnet: An input's name is empty."),
      (
        ["--background", "octarine", "x"],
        "alexnet: The value 'octarine' is invalid for '--background <colour>'"
      ),
      (
        ["--crops", "5", "x"],
        "alexnet: The value '5' is invalid for '--crops <count>'. Please provide one of '1' and '10'."
      ),
      (["index", "-o", "x"], "alexnet: Nothing to index: name a folder or a file, or --update."),
      (["index", "x"], "alexnet: Missing expected argument '--output <file>'"),
      (["similar", "x", "--index", "y", "--top", "0"], "alexnet: --top must be at least 1."),
      (
        ["similar", "x", "--index", "y", "--min-similarity", "nan"],
        "alexnet: --min-similarity must be between -1 and 1."
      ),
      (["duplicates"], "alexnet: Nothing to compare: name a folder, or an index with --index."),
      (
        ["duplicates", "x", "--threshold", "1.5"], "alexnet: --threshold must be between 0 and 1."
      ),
      (
        ["duplicates", "x", "--threshold", "nan"], "alexnet: --threshold must be between 0 and 1."
      ),
      (
        ["duplicates", "x", "--index", "y"],
        "alexnet: The photos are those of the index or those that are named, not both."
      ),
      (["evaluate"], "alexnet: Missing expected argument '<data>'"),
      (["evaluate", ""], "alexnet: The name of the data is empty."),
      (["evaluate", "--confusions", "-1", "x"], "alexnet: --confusions must be at least 0."),
      (["evaluate", "--confusions=-1", "x"], "alexnet: --confusions must be at least 0."),
      (
        ["model", "compress", "x"],
        "alexnet: Say where the result goes: --output FILE writes a file, --name NAME installs it in the library."
      ),
      (
        ["model", "quantize", "x", "--calibrate", "y", "--output", "z", "--name", "z"],
        "alexnet: Say where the result goes: --output FILE writes a file, --name NAME installs it in the library."
      ),
      (
        ["model", "compress", "x", "--name", "z", "--keep", "all=0.5", "--keep", "all=1"],
        "alexnet: --keep names a layer twice."
      ),
      (
        ["model", "compress", "x", "--name", "z", "--keep", "fc9=0.5"],
        "alexnet: The value 'fc9=0.5' is invalid for '--keep <layer=share>'"
      ),
      (
        ["model", "compress", "x", "--name", "z", "--skip-unknown"],
        "alexnet: --ground-truth and --skip-unknown need --evaluate, which names the images."
      ),
      (
        ["info", "--variant", "lenet"],
        "alexnet: There is no variant 'lenet'; the variants are alexnet, caffenet, bvlc_alexnet, torchvision."
      ),
      (
        ["info", "--variant", "alexnet", "--model", "starter"],
        "alexnet: A model has its own architecture: give --variant or --model, not both."
      ),
    ] as [([String], String)])
  func usage(arguments: [String], message: String) throws {
    let outcome = try BuiltProgram.run(arguments)
    #expect(outcome.stdout.isEmpty)
    #expect(outcome.stderr.split(separator: "\n").first.map(String.init) == message)
    #expect(outcome.exitCode == 64)
  }

  @Test(
    "a mistyped name is answered with the one that was probably meant",
    arguments: [
      (["help", "recrods"], 64, "did you mean 'records'?"),
      (["help", "evalute"], 64, "did you mean 'evaluate'?"),
      (["classify", "x", "--match", "dogs"], 64, "did you mean 'dog'?"),
      (["classify", "x", "--match", "vehicels"], 64, "did you mean 'vehicle'?"),
      (["explain", "x", "--class", "expresso"], 64, "did you mean 'espresso'?"),
      (["explain", "x", "--class", "golden_retreiver"], 64, "did you mean 'golden retriever'?"),
      (["classify", "x", "--model", "caffenett"], 69, "did you mean 'caffenet'?"),
    ] as [([String], Int32, String)])
  func suggestions(arguments: [String], exitCode: Int32, question: String) throws {
    let outcome = try BuiltProgram.run(arguments)
    #expect(outcome.exitCode == exitCode)
    #expect(outcome.stderr.contains(question))
  }
}
