import Foundation
import Images
import Testing

/// Three classes of patterns, each in a colour of its own.
@Suite struct TrainTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ColourPhotos.write(to: folder)
  }

  private func train(_ arguments: String...) throws -> BuiltProgram.Outcome { try train(arguments) }

  private func train(_ arguments: [String]) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(["train"] + arguments, in: folder.url)
  }

  /// The weights in a model's file, without what it says about them.
  private func weights(of name: String) throws -> Data {
    let file = try Data(contentsOf: folder[name])
    // The length of the header is in the first eight bytes, the lowest first.
    let header = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return file.dropFirst(8 + header)
  }

  @Test("a folder becomes a model with one command, and that classifies")
  func trains() throws {
    try folder.write(Data("no image".utf8), to: "photos/red/broken.png")
    let outcome = try train(
      "photos", "--output", "colours.safetensors", "--freeze", "fc7", "--per-class", "classes.csv")
    #expect(outcome.exitCode == 1)
    #expect(outcome.stdout.hasPrefix("model   colours.safetensors, 3 classes, 1 crop\n"))
    #expect(
      outcome.stderr.contains("photos/red/broken.png: this is a text file")
        && outcome.stderr.contains("1 photo that cannot be read is left out")
        && outcome.stderr.contains("starting from starter, which knows 1000 classes"))
    let kept = try FileManager.default.contentsOfDirectory(
      atPath: folder["colours.safetensors.training"].path
    ).sorted()
    #expect(
      kept.filter { !$0.hasPrefix("worst") }
        == ["curves.png", "curves.svg", "log.jsonl", "run.json", "validation.jsonl"])
    #expect(
      try Data(contentsOf: folder["colours.safetensors.training/curves.png"])
        .starts(with: [0x89, 0x50, 0x4E, 0x47]))
    let log = try folder.text("colours.safetensors.training/log.jsonl").split(separator: "\n")
    #expect(log.first?.hasPrefix(#"{"run": {"program""#) == true)
    #expect(log.last?.hasPrefix(#"{"result": {"validation": {"images""#) == true)
    #expect(try folder.text("classes.csv").split(separator: "\n").count == 4)

    try folder.write(Data(try ColourPhotos.pattern(seed: 999, channel: 1).pngFile()), to: "new.png")
    let classified = try BuiltProgram.run(
      "classify", "new.png", "--model", "colours.safetensors", "--top", "1", "--format",
      "csv",
      in: folder.url)
    #expect(classified.exitCode == 0)
    #expect(classified.stdout.contains(",green,"))
    let info = try BuiltProgram.run("model", "info", "colours.safetensors", in: folder.url)
    #expect(info.stdout.contains("trainedFrom"))
  }

  @Test("photos of a tar file are compared with the finished file, too")
  func checksMembers() throws {
    #expect(
      try BuiltProgram.shell("tar cf photos.tar -C photos .", in: folder.url).exitCode == 0)
    let outcome = try train("photos.tar", "-o", "m", "--freeze", "fc7", "--epochs", "1")
    #expect(outcome.exitCode == 0)
    let log = try folder.text("m.training/log.jsonl").split(separator: "\n")
    let validated = try folder.text("m.training/validation.jsonl").split(separator: "\n").count
    #expect(validated > 0 && validated <= 10)
    #expect(log.last?.contains(#""photos_compared_with_file": \#(validated)}"#) == true)
    #expect(
      try !FileManager.default.contentsOfDirectory(atPath: folder["m.training"].path)
        .contains("photo.unpacked"))
  }

  @Test("the same seed gives the same bytes, another one others, and so does another precision")
  func repeats() throws {
    let runs = [[], [], ["--seed", "2"], ["--precision", "bf16"], ["--precision", "bf16"]]
    let files = try runs.enumerated().map { index, options in
      let outcome = try train(
        ["photos", "-o", "m\(index)", "--freeze", "fc7", "--epochs", "2", "--quiet"] + options)
      #expect(outcome.exitCode == 0)
      return try Data(contentsOf: folder["m\(index)"])
    }
    #expect(files[0] == files[1] && files[3] == files[4])
    #expect(try Set([0, 2, 3].map { try weights(of: "m\($0)") }).count == 3)
    let log = try folder.text("m3.training/log.jsonl")
    #expect(log.contains(#""precision": "bf16""#))
    let validated = try folder.text("m3.training/validation.jsonl").split(separator: "\n").count
    #expect(validated > 0 && validated <= 10)
    #expect(log.contains(#""photos_compared_with_file": \#(validated)}"#))
  }

  @Test("with --precision fp32, photos do not run in 8 bits through the built-in model's layers")
  func precisionOfFrozenLayers() throws {
    let files = try [[], ["--precision", "fp32"]].enumerated().map { index, options in
      let outcome = try train(
        ["photos", "-o", "m\(index)", "--freeze", "fc7", "--epochs", "2", "--quiet"] + options)
      #expect(outcome.exitCode == 0)
      #expect(
        try folder.text("m\(index).training/run.json")
          .contains(#""frozen_layers_in_8_bits": \#(options.isEmpty)"#))
      return try weights(of: "m\(index)")
    }
    #expect(files[0] != files[1])
    // Other pictures than those of the model's ranges.
    let outcome = try train(
      "photos", "-o", "other", "--freeze", "fc7", "--epochs", "1", "--preprocess", "torchvision")
    #expect(outcome.exitCode == 0)
    #expect(
      try folder.text("other.training/run.json").contains(#""frozen_layers_in_8_bits": false"#))
  }

  @Test("each stage says which layers it trains, and how")
  func describesStages() throws {
    let outcome = try train(
      "photos", "-o", "m", "--epochs", "1", "--rate", "0.001", "--last-layer-rate", "3")
    #expect(outcome.exitCode == 0)
    #expect(
      outcome.stderr.contains(
        "stage 1 of 2: training the last layer, fc8, for at most 60 epochs, learning rate 0.005; "
          + "the outputs of the layers before are kept for 8 views of each photo"))
    #expect(
      outcome.stderr.contains(
        "stage 2 of 2: training all layers for at most 1 epoch, learning rate 0.001 (3 times that "
          + "for the last layer)"))
    for arguments in [
      ["--last-layer-rate", "-1"], ["--last-layer-rate", "nan"], ["--recipe", "paper"],
    ] {
      #expect(try train(["photos", "-o", "n"] + arguments).exitCode == 64)
    }
    #expect(try train("photos").exitCode == 64)
  }

  @Test("a model whose ranges cannot be used is an error that says what to do")
  func damagedRanges() throws {
    let options = ["photos", "--freeze", "fc7", "--epochs", "1"]
    #expect(try train(options + ["-o", "m"]).exitCode == 0)
    let file = try Data(contentsOf: folder["m"])
    let count = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = String(decoding: file[8..<8 + count], as: UTF8.self)
      .replacing(#""__metadata__": {"#, with: #""__metadata__": {"activations": "{}", "#)
    let length = Data((0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) })
    try folder.write(length + Data(header.utf8) + file.dropFirst(8 + count), to: "damaged")
    let refused = try train(options + ["-o", "n", "--from", "damaged"])
    #expect(refused.exitCode == 65)
    #expect(refused.stderr.contains("--precision fp32 trains without the ranges of its layers"))
    for more in [["--precision", "fp32"], ["--precision", "bf16"]] {
      #expect(try train(options + ["-o", "n", "--from", "damaged"] + more).exitCode == 0)
    }
  }

  @Test("a sheet of what the network would see is a PNG file, and nothing is trained")
  func previews() throws {
    // The second one replaces the first.
    for output in [[], ["-o", "m.safetensors"]] {
      let outcome = try train(["photos", "--preview", "sheet.png"] + output)
      #expect(outcome.exitCode == 0)
    }
    #expect(try Data(contentsOf: folder["sheet.png"]).starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(try folder.names == ["photos", "sheet.png"])
  }

  @Test("data that cannot be learned from is an error that says why")
  func refusesData() throws {
    try folder.write(
      Data(try ColourPhotos.pattern(seed: 1, channel: 0).pngFile()), to: "one/red/a.png")
    let one = try train("one", "-o", "m.safetensors")
    #expect(one.exitCode == 66)
    #expect(one.stderr.contains("there is only one class ('red'); at least two are needed"))

    try folder.write(
      Data(try ColourPhotos.pattern(seed: 2, channel: 0).pngFile()), to: "two/red/a.png")
    try folder.write(Data("x".utf8), to: "two/blue/a.png")
    let two = try train("two", "-o", "m.safetensors")
    #expect(two.exitCode == 66)
    #expect(two.stderr.contains("no photo is left to learn these classes from: blue"))

    try folder.write(
      Data(try ColourPhotos.pattern(seed: 3, channel: 2).pngFile()), to: "few/blue/a.png")
    try folder.write(
      Data(try ColourPhotos.pattern(seed: 4, channel: 0).pngFile()), to: "few/red/a.png")
    let few = try train("few", "-o", "m.safetensors")
    #expect(few.exitCode == 66)
    #expect(few.stderr.contains("there is no photo to measure with"))

    let missing = try train("nowhere", "-o", "m.safetensors")
    #expect(missing.exitCode == 66)
    #expect(try !folder.names.contains("m.safetensors"))
  }

  @Test(
    "targets of other photos are refused, and a run goes on with the same targets only",
    .withoutThreadSanitizer)
  func targets() throws {
    func line(_ path: String, _ probability: Double) -> String {
      #"{"path": "\#(path)", "predictions": [{"label": "red", "probability": \#(probability)}]}"#
        + "\n"
    }
    try folder.write(Data(line("elsewhere/0.png", 0.5).utf8), to: "other.jsonl")
    let options = ["photos", "-o", "m.safetensors", "--freeze", "fc7", "--epochs", "1"]
    let other = try train(options + ["--targets", "other.jsonl"])
    #expect(other.exitCode == 66)
    #expect(other.stderr.contains("--targets has none of the photos to learn from"))

    // Begun, and not finished: the folder is as after an interruption.
    let paths = (0..<6).flatMap { photo in
      ColourPhotos.classes.map { "photos/\($0)/\(photo).png" }
    }
    try folder.write(Data(paths.map { line($0, 0.5) }.joined().utf8), to: "t.jsonl")
    let begun = try BuiltProgram.shell(
      "ulimit -f 70; alexnet train \(options.joined(separator: " ")) --targets t.jsonl",
      in: folder.url)
    #expect(begun.exitCode == 74)
    try folder.write(Data(paths.map { line($0, 0.25) }.joined().utf8), to: "t.jsonl")
    let changed = try train(options + ["--targets", "t.jsonl", "--resume"])
    #expect(changed.exitCode != 0 && changed.stderr.contains("data.targets was"))
    let decoded = try train(options + ["--targets", "t.jsonl", "--resume", "--exact-decode"])
    #expect(decoded.stderr.contains("decoding.exact was false, and is now true"))
  }

  @Test(
    "options that make no sense are named",
    arguments: [
      (["--freeze", "fc9"], "--freeze: 'fc9' is none of features, fc6, fc7 and none"),
      (["--from-scratch", "--variant", "resnet"], "there is no network 'resnet'"),
      (["--from-scratch", "--from", "starter"], "--from and --from-scratch exclude each other"),
      (["--rate", "0"], "--rate must be above 0"),
      (["--crop", "2"], "--crop must be between 0.01 and 1"),
      (["--time", "soon"], "'soon' is invalid"),
      (["--temperature", "2"], "need --targets"),
      (["--sizes", "131,100"], "'131,100' is invalid"),
      (["--sizes", "400"], "--sizes: 400 is more than the 227 pixels of the network alexnet"),
      (["--sizes", "50"], "--sizes: 50 pixels are too few for the network alexnet"),
      (["--validation-share", "1"], "--validation-share must be between 0.001 and 0.9"),
      (["--teacher", "starter", "--targets", "t.jsonl"], "exclude each other"),
      (["--average", "1"], "--average must be between 0.0 and 0.999999"),
      (["--bias-rate", "-1"], "--bias-rate must be between 0.0 and 100.0"),
      (["--prune", "fc6"], "--prune: 'fc6' is no layer with a share above 0"),
      (["--prune", "fc6=0.1,fc6=0.2"], "--prune names the layer fc6 twice"),
      (["--prune", "fc7=0"], "--prune: 'fc7=0' is no layer with a share above 0 and at most 1"),
      (
        ["--prune", "fc7=1.5"], "--prune: 'fc7=1.5' is no layer with a share above 0 and at most 1"
      ),
      (
        ["--prune", "conv1=0.5"], "--prune: 'conv1' is none of the fully connected layers fc6, fc7"
      ),
      (["--prune", "fc6=0.5", "--freeze", "fc7"], "the layer fc6 stays as it is"),
      (["--resume"], "there is no interrupted training in m.safetensors.training"),
    ])
  func refusesOptions(options: [String], message: String) throws {
    let outcome = try BuiltProgram.run(
      ["train", "photos", "-o", "m.safetensors"] + options, in: folder.url)
    #expect(outcome.exitCode == 64)
    #expect(outcome.stderr.contains(message))
  }

  @Test("a model teaches the classes that it knows, and the result depends on what it says")
  func teaches() throws {
    #expect(
      try train("photos", "-o", "teacher", "--freeze", "fc7", "--epochs", "5").exitCode == 0)
    var files: [Data] = []
    for options in [
      [], ["--teacher", "teacher"], ["--teacher", "teacher", "--temperature", "3"],
      ["--bias-rate", "3"],
    ] {
      let outcome = try BuiltProgram.run(
        ["train", "photos", "-o", "student", "--freeze", "fc7", "--epochs", "5"] + options,
        in: folder.url)
      #expect(outcome.exitCode == 0)
      files.append(try weights(of: "student"))
    }
    #expect(Set(files).count == 4)
    let unknown = try train("photos", "-o", "m", "--teacher", "starter")
    #expect(unknown.exitCode == 66)
    #expect(
      unknown.stderr.contains(
        "the teacher does not know classes that are trained: blue, green, red"))
  }

  @Test("a pruned model has exact zeros, which 'model compress' keeps")
  func prunes() throws {
    let outcome = try train(
      "photos", "-o", "pruned", "--freeze", "fc7", "--epochs", "20", "--prune", "fc8=0.3",
      "--average", "0.9", "--bias-rate", "2")
    #expect(outcome.exitCode == 0)
    let compressed = try BuiltProgram.run(
      "model", "compress", "pruned", "--output", "small", "--json", in: folder.url)
    #expect(compressed.exitCode == 0)
    // 30% of the 3 x 4096 weights.
    #expect(compressed.stdout.contains("3686"))
  }

  @Test("with a time, the share of it is shown, and no number of epochs", .withoutSanitizer)
  func showsTime() throws {
    let outcome = try train(
      "photos", "-o", "m", "--from-scratch", "--time", "12s", "--sizes", "131,227", "--batch", "4")
    #expect(outcome.exitCode == 0)
    #expect(outcome.stderr.contains(" of the time, 0:0"))
    #expect(!outcome.stderr.contains("100000"))
  }

  @Test(
    "the learning rate falls as --schedule says",
    arguments: [
      // One step an epoch, at 0, 20, 40, 60 and 80% of the training.
      ("cosine", [1, 0.9045, 0.6545, 0.3455, 0.0955]), ("step", [1, 1, 1, 0.1, 0.01]),
      // After the first epoch, five that are no better.
      ("plateau", [1, 1, 1, 1, 1, 1, 0.1]),
    ])
  func schedules(name: String, factors: [Double]) throws {
    // So small a rate changes no answer.
    let rate = 1e-9
    let outcome = try train(
      "photos", "-o", "m", "--freeze", "fc7", "--epochs", "\(factors.count)", "--rate", "\(rate)",
      "--warm-up", "0", "--schedule", name)
    #expect(outcome.exitCode == 0)
    let found = try objects(folder.text("m.training/log.jsonl")).compactMap {
      $0["rate"] as? Double
    }
    #expect(found.count == factors.count)
    for (found, factor) in zip(found, factors) { #expect(abs(found / rate - factor) < 1e-4) }
  }

  /// Writes photos of each class to measure with, and a red one that is in the folder of blue ones.
  private func writeOthers() throws {
    for (index, name) in ColourPhotos.classes.enumerated() {
      let picture = ColourPhotos.pattern(seed: 500 + UInt64(index), channel: 2 - index)
      try folder.write(Data(try picture.pngFile()), to: "others/\(name)/0.png")
    }
    try folder.write(
      Data(try ColourPhotos.pattern(seed: 600, channel: 0).pngFile()), to: "others/blue/wrong.png")
  }

  @Test("a photo in the wrong folder is the first of the worst mistakes, and the first picture")
  func showsMistakes() throws {
    try writeOthers()
    let outcome = try train("photos", "-o", "m", "--freeze", "fc7", "--validation", "others")
    #expect(outcome.exitCode == 0)
    let worst = try #require(try objects(folder.text("m.training/worst.jsonl")).first)
    #expect(worst["path"] as? String == "others/blue/wrong.png")
    #expect(worst["label"] as? String == "blue" && worst["predicted"] as? String == "red")
    let sheet = try folder.picture("m.training/worst.png")
    // In the middle of the first of the pictures of 227 pixels.
    let pixel = (113 * sheet.width + 113) * 3
    #expect(sheet.pixels[pixel] > sheet.pixels[pixel + 1] + 50)
    #expect(sheet.pixels[pixel] > sheet.pixels[pixel + 2] + 50)
  }

  @Test("the result is that of 'evaluate' with the finished file, as JSON and for each class")
  func reportsAsEvaluate() throws {
    try writeOthers()
    let options = ["--json", "--confusions", "1", "-q", "--per-class"]
    let trained = try train(
      ["photos", "-o", "m", "--freeze", "fc7", "--validation", "others"] + options + ["train.csv"])
    let evaluated = try BuiltProgram.run(
      ["evaluate", "others", "--model", "m"] + options + ["evaluate.csv"], in: folder.url)
    #expect(trained.exitCode == 0 && evaluated.exitCode == 0)
    func withoutTimes(_ text: String) throws -> NSDictionary {
      var object = try #require(
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      for name in ["seconds", "images_per_second"] {
        #expect(object.removeValue(forKey: name) != nil)
      }
      return object as NSDictionary
    }
    let result = try withoutTimes(trained.stdout)
    #expect(try result == withoutTimes(evaluated.stdout))
    #expect(result["images"] as? Int == 4)
    #expect((result["confusions"] as? [Any])?.count == 1)
    #expect(try folder.text("train.csv") == folder.text("evaluate.csv"))
  }

  @Test(
    "an output that cannot be written is reported before the work",
    arguments: [
      ["-o", "nowhere/m.safetensors"], ["-o", "pipe"], ["-o", "/dev/null"],
      ["-o", "m", "--per-class", "nowhere/classes.csv"],
    ])
  func refusesOutput(options: [String]) throws {
    #expect(try BuiltProgram.shell("mkfifo pipe", in: folder.url).exitCode == 0)
    let outcome = try train(["photos"] + options)
    #expect(outcome.exitCode == 73)
    #expect(!outcome.stderr.contains("photos of"))
    #expect(try folder.names.sorted() == ["photos", "pipe"])
  }

  @Test("a sheet that cannot be written is no internal error")
  func refusesPreview() throws {
    let outcome = try train("photos", "-o", "m", "--preview", "nowhere/sheet.png")
    #expect(outcome.exitCode == 73)
    #expect(outcome.stderr.contains("cannot create nowhere/sheet.png"))
  }

  @Test("what an earlier training wrote among the photos is no class")
  func passesOverTrainings() throws {
    try folder.write(Data("{}".utf8), to: "photos/m.training/run.json")
    for name in ["a", "b"] {
      try folder.write(
        Data(try ColourPhotos.pattern(seed: 77, channel: 0).pngFile()),
        to: "photos/m.training/\(name).png")
    }
    let outcome = try train("photos", "-o", "m", "--preview", "sheet.png")
    #expect(outcome.stderr.contains("photos of 3 classes"))
    // Without the file that every training writes, it is a folder like others.
    try FileManager.default.removeItem(at: folder["photos/m.training/run.json"])
    let other = try train("photos", "-o", "m", "--preview", "sheet.png")
    #expect(other.stderr.contains("photos of 4 classes"))
  }

  @Test("a checkpoint that cannot be read does not prevent a new training")
  func beginsAnew() throws {
    try folder.write(Data(#"{"settings": {}}"#.utf8), to: "m.training/run.json")
    try folder.write(Data("no checkpoint".utf8), to: "m.training/checkpoint.safetensors")
    try folder.write(Data("the user's own".utf8), to: "m.training/best-of-all.safetensors")
    let resumed = try train("photos", "-o", "m", "--freeze", "fc7", "--epochs", "1", "--resume")
    #expect(resumed.exitCode == 64)
    let outcome = try train("photos", "-o", "m", "--freeze", "fc7", "--epochs", "1")
    #expect(outcome.exitCode == 0)
    #expect(outcome.stderr.contains("an interrupted training was there"))
    #expect(try folder.text("m.training/best-of-all.safetensors") == "the user's own")
  }

  @Test("options that would do nothing are refused")
  func refusesIdleOptions() throws {
    for options in [["--sizes", "131,227"], ["--batch-norm"]] {
      let outcome = try train(["photos", "-o", "m", "--freeze", "fc7"] + options)
      #expect(outcome.exitCode == 64)
      #expect(outcome.stderr.contains("\(options[0]) is for training convolutions"))
    }
    for set in ["train", "validation"] {
      #expect(
        try BuiltProgram.shell("mkdir -p sets; cp -r photos sets/\(set)", in: folder.url).exitCode
          == 0)
    }
    let outcome = try train("sets", "-o", "m", "--validation-share", "0.5")
    #expect(outcome.exitCode == 64)
    #expect(outcome.stderr.contains("'sets' has photos to measure with already"))
  }

  @Test("a photo of two classes is named")
  func namesContradictions() throws {
    #expect(
      try BuiltProgram.shell("cp photos/red/0.png photos/blue/copy.png", in: folder.url).exitCode
        == 0)
    let outcome = try train("photos", "-o", "m", "--preview", "sheet.png")
    #expect(
      outcome.stderr.contains(
        "1 of them has another class than the photo that it is a copy of, such as "
          + "'photos/red/0.png' and 'photos/blue/copy.png'"))
  }

  @Test("labels of a list in another encoding than UTF-8 are refused, not merged")
  func refusesEncodings() throws {
    let lines = [("red", "B\u{E4}r"), ("blue", "B\u{F6}r")].map { "photos/\($0)/0.png,\($1)\n" }
    try folder.write(
      try #require(lines.joined().data(using: .isoLatin1)), to: "list.csv")
    let outcome = try train("list.csv", "-o", "m")
    #expect(outcome.exitCode == 65)
    #expect(outcome.stderr.contains("list.csv, line 1: the label is not UTF-8"))
  }

  @Test("a damaged list, tar file or file of targets has an exit code of its own")
  func refusesDamagedData() throws {
    try folder.write(Data("no JSON".utf8), to: "list.jsonl")
    #expect(try train("list.jsonl", "-o", "m").exitCode == 65)
    #expect(try train("photos", "-o", "m", "--targets", "list.jsonl").exitCode == 65)
    let tar = "tar cf all.tar photos && head -c 3000 all.tar >cut.tar"
    #expect(try BuiltProgram.shell(tar, in: folder.url).exitCode == 0)
    let cut = try train("cut.tar", "-o", "m")
    #expect(cut.exitCode == 65 && cut.stderr.contains("cut.tar, byte"))
  }

  @Test("the list of photos held out can be used for another training, from any folder")
  func writesValidationList() throws {
    let options = ["--freeze", "fc7", "--epochs", "1"]
    #expect(try train(["photos", "-o", "m"] + options).exitCode == 0)
    let held = try folder.text("m.training/validation.jsonl").split(separator: "\n").count
    let outcome = try BuiltProgram.run(
      ["train", "../photos", "-o", "n", "--validation", "../m.training/validation.jsonl"]
        + options, in: folder.url.appending(path: "photos"))
    #expect(outcome.exitCode == 0)
    #expect(outcome.stderr.contains(", \(held) to measure with\n"))
  }
}
