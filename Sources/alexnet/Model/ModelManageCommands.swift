import ArgumentParser
import ModelLibrary
import System

/// `alexnet model verify`: whether a model's file is as it was written.
struct ModelVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check a model's file against its digest.")

  @Argument(help: "An installed model.") var name: String

  @Flag(help: "Write one JSON object.") var json = false

  func run() throws {
    let model = try withLibrary { (library) throws(ModelError) in try library.verify(name) }
    let line =
      json
      ? JSONValue.object([("name", .string(model.name)), ("intact", .bool(true))]).text
      : "\(model.name) is intact"
    try ResultOutput(console: Console()).write(line + "\n")
  }
}

/// `alexnet model path`: where a model's file is.
struct ModelPathCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "path", abstract: "Print where a model's file is.")

  @Argument(help: "An installed model.") var name: String

  @Flag(help: "Write one JSON object.") var json = false

  func run() throws {
    let path = try withLibrary { (library) throws(ModelError) in try library.path(of: name) }
    let line =
      json
      ? JSONValue.object([("name", .string(name)), ("path", .string(path.repaired))]).text
      : path.repaired
    try ResultOutput(console: Console()).write(line + "\n")
  }
}

/// `alexnet model remove`: takes a model out of the library.
struct ModelRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove a model from the library.")

  @Argument(help: "An installed model.") var name: String

  func run() throws {
    try withLibrary { (library) throws(ModelError) in try library.remove(name) }
    Console().note("removed \(name)")
  }
}

/// `alexnet model default`: the model that is used where none is named.
struct ModelDefaultCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "default",
    abstract: "Print or set the model that is used where none is named.",
    discussion: """
      Where none is set, it is the most accurate of those that are installed, or else the starter \
      model.
      """)

  @Argument(help: "A model. Without one, the current default is printed.") var name: String?

  @Flag(help: "Write one JSON object.") var json = false

  func run() throws {
    if let name {
      try withLibrary { (library) throws(ModelError) in try library.setDefault(name) }
    }
    let current = ModelLibrary().defaultModel
    if name == nil || json {
      let line =
        json ? JSONValue.object([("default", .string(current))]).text : current
      try ResultOutput(console: Console()).write(line + "\n")
    }
  }
}
