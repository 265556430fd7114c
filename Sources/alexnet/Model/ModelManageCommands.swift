import ArgumentParser
import JSON
import ModelLibrary
import System

/// `alexnet model verify`: checks whether a model's file is unchanged since it was written.
struct ModelVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check a model's file against its digest.")

  @Argument(help: "An installed model.", completion: .installedModels) var name: String

  @Flag(help: "Write one JSON object.") var json = false

  func run() throws {
    let model = try withLibrary { (library) throws(ModelError) in try library.verify(name) }
    let line =
      json
      ? (["name": .string(model.name), "intact": .bool(true)] as JSONValue).text
      : "\(model.name) is intact"
    try ResultOutput(console: Console()).write(line + "\n")
  }
}

/// `alexnet model path`: prints the path of a model's file.
struct ModelPathCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "path", abstract: "Print the path of a model's file.")

  @Argument(help: "An installed model.", completion: .installedModels) var name: String

  @Flag(help: "Write one JSON object.") var json = false

  func run() throws {
    let path = try withLibrary { (library) throws(ModelError) in try library.path(of: name) }
    let line =
      json
      ? (["name": .string(name), "path": .string(path.repaired)] as JSONValue).text
      : path.repaired
    try ResultOutput(console: Console()).write(line + "\n")
  }
}

/// `alexnet model remove`: removes a model from the library.
struct ModelRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove a model from the library.")

  @Argument(help: "An installed model.", completion: .installedModels) var name: String

  func run() throws {
    try withLibrary { (library) throws(ModelError) in try library.remove(name) }
    Console().note("removed \(name)")
  }
}

/// `alexnet model default`: prints or sets the model that is used if none is named.
struct ModelDefaultCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "default",
    abstract: "Print or set the model that is used if none is named.",
    discussion: """
      If no default is set, the most accurate of the installed models is used that know at least \
      as many classes as the built-in starter model; or else the starter model. A model whose \
      accuracy is not known becomes the default only with this command.
      """)

  @Argument(
    help: "A model. Without one, the current default is printed.", completion: .modelNames)
  var name: String?

  @Flag(help: "Forget the default that was set.") var unset = false

  @Flag(help: "Write one JSON object.") var json = false

  func validate() throws {
    if unset, name != nil {
      throw ValidationError("--unset forgets the default, and a name sets one: give one of them.")
    }
  }

  func run() throws {
    if let name {
      try withLibrary { (library) throws(ModelError) in try library.setDefault(name) }
    } else if unset {
      try withLibrary { (library) throws(ModelError) in try library.unsetDefault() }
    }
    let current = ModelLibrary().defaultModel
    if name == nil || json {
      let line = json ? (["default": .string(current)] as JSONValue).text : current
      try ResultOutput(console: Console()).write(line + "\n")
    }
  }
}
