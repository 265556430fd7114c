// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target of ours: Swift 6, strict memory safety, no warnings.
let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Every C target of ours.
let cSettings: [CSetting] = [
  .treatAllWarnings(as: .error),
  .enableWarning("all"),
  .enableWarning("extra"),
]

/// A Swift room: `Sources/NAME`.
func room(
  _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: swiftSettings)
}

/// The tests of a room: `Tests/NAMETests`.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
  resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: dependencies, exclude: exclude, resources: resources,
    swiftSettings: swiftSettings)
}

/// Whether `make fuzz` builds, where libFuzzer brings `main`.
let isFuzzed = Context.environment["ALEXNET_FUZZ"] != nil

/// The command line. For fuzzing it is a library, whose `main` has another name.
func command(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  guard isFuzzed else {
    return .executableTarget(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
  }
  let entryPoint = ["-Xfrontend", "-entry-point-function-name", "-Xfrontend", "\(name)_main"]
  return .target(
    name: name, dependencies: dependencies,
    swiftSettings: swiftSettings + [.unsafeFlags(entryPoint)])
}

let package = Package(
  name: "alexnet",
  platforms: [.macOS(.v15)],
  products: isFuzzed ? [] : [.executable(name: "alexnet", targets: ["alexnet"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    // Without its default traits, which bring in the whole of Foundation.
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
  ],
  targets: [
    command(
      "alexnet",
      [
        "Training", "Report", "Explanation", "Search", "Conversion", "Classification",
        "ModelLibrary", "WeightFiles", "Drawing", "Network", "Architecture", "Kernels",
        "Preprocessing", "Images", "Tensors", "System", "Threads", "JSON",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // From a model to a smaller one.
    room(
      "Conversion",
      [
        "ModelLibrary", "Classification", "WeightFiles", "Network", "Architecture", "Kernels",
        "Preprocessing", "Images", "Tensors", "Threads", "System",
      ]),

    // Learning.
    room(
      "Training",
      [
        "Classification", "WeightFiles", "Drawing", "Network", "Architecture", "Kernels",
        "Preprocessing", "Images", "Tensors", "Threads", "System", "JSON",
      ]),

    // Pages to look at, from records and evaluations.
    room(
      "Report",
      ["Classification", "Network", "Images", "JSON", "System", "CReportPage"]),

    // What in a photo speaks for a class.
    room(
      "Explanation",
      [
        "Classification", "Drawing", "Network", "Architecture", "Kernels", "Preprocessing",
        "Images", "Tensors", "Threads", "System",
      ]),

    // Which photos look alike.
    room("Search", ["Kernels", "Images", "Tensors", "Threads", "System", "JSON"]),

    // From a path to a result.
    room(
      "Classification",
      [
        "Network", "Architecture", "Preprocessing", "Images", "Threads", "System",
      ]),
    room(
      "ModelLibrary",
      [
        "WeightFiles", "Architecture", "JSON", "Network", "Kernels", "Preprocessing", "Images",
        "Tensors", "System", "CStarterModel",
      ]),
    room(
      "WeightFiles",
      [
        "Architecture", "JSON", "Tensors",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Caffe/caffe.proto", "ONNX/onnx.proto"]),

    // The network and its arithmetic.
    room("Network", ["Architecture", "Kernels", "Tensors", "Threads"]),
    room("Architecture"),
    room("Kernels", ["CKernels", "CProcessor", "Tensors", "Threads"]),
    room("Tensors"),

    // From a file to a tensor.
    room("Preprocessing", ["Images", "JSON", "CResize"]),
    room("Images", ["CImageCodecs"]),
    room("Drawing", ["Images"]),
    room("System", ["CCurl", "CZlib"]),
    room("Threads", ["CThreads"]),
    room("JSON"),

    // C: SIMD microkernels, and whatever must not cross into Swift (setjmp, embedded bytes).
    .target(name: "CProcessor", cSettings: cSettings),
    .target(name: "CKernels", dependencies: ["CProcessor"], cSettings: cSettings),
    .target(name: "CThreads", cSettings: cSettings),
    .target(name: "CResize", dependencies: ["CProcessor"], cSettings: cSettings),
    .target(name: "CImageCodecs", dependencies: ["CJPEG", "CPNG"], cSettings: cSettings),
    .target(
      name: "CStarterModel",
      exclude: [
        "README.md", "WORDNET-LICENSE.txt", "imagenet_classes.tsv", "imagenet_hypernyms.tsv",
        "starter.safetensors",
      ],
      // #embed is standard C only since C23; older modes take it with this warning.
      cSettings: cSettings + [.disableWarning("c23-extensions")]),
    .target(
      name: "CReportPage",
      exclude: [
        "page.html", "page.css", "data.js", "thumbnails.js", "photos.js", "dialogs.js",
        "evaluation.js", "main.js",
      ],
      cSettings: cSettings + [.disableWarning("c23-extensions")]),
    .target(
      name: "CCurl", cSettings: cSettings,
      linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .systemLibrary(
      name: "CJPEG", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "CPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    // libpng needs it, too, so that it is there with libpng.
    .systemLibrary(name: "CZlib"),

    // Tests, one target a room.
    tests("AlexNetCommand", ["alexnet", "Images"], exclude: ["Snapshots"]),
    tests("Images", ["Images"], resources: [.copy("Fixtures")]),
    tests("Tensors", ["Tensors"]),
    tests("Drawing", ["Drawing", "Images"]),
    tests(
      "Explanation",
      [
        "Explanation", "ModelLibrary", "Network", "Architecture", "Kernels",
        "Preprocessing", "Images", "Threads", "System",
      ]),
    tests(
      "Search",
      [
        "Search", "Kernels", "Images", "Tensors", "Threads", "System", "JSON", "TemporaryFolder",
      ]),
    tests("Kernels", ["Kernels", "Tensors", "Threads", "AllocationCount"]),
    .target(name: "AllocationCount", path: "Tests/AllocationCount", cSettings: cSettings),
    tests("Architecture", ["Architecture"]),
    tests(
      "Network", ["Network", "Architecture", "Kernels", "Tensors", "Threads"],
      resources: [.copy("Golden")]),
    tests(
      "Classification",
      [
        "Classification", "Network", "Architecture", "Kernels", "Preprocessing", "Images",
        "System", "Threads",
      ]),
    tests(
      "Conversion",
      [
        "Conversion", "ModelLibrary", "Classification", "WeightFiles", "JSON", "Network",
        "Architecture", "Kernels", "Preprocessing", "Images", "Tensors", "System",
        "TemporaryFolder",
      ]),
    .target(
      name: "TemporaryFolder", dependencies: ["System"], path: "Tests/TemporaryFolder",
      swiftSettings: swiftSettings),
    tests(
      "Report",
      ["Report", "Classification", "Network", "Images", "JSON", "System", "TemporaryFolder"]),
    tests("System", ["System", "Threads"]),
    tests("JSON", ["JSON"]),
    tests("Threads", ["Threads"]),
    tests(
      "Training",
      [
        "Training", "Classification", "Network", "Architecture", "Kernels", "Preprocessing",
        "Images", "Threads", "System", "JSON",
      ]),
    tests(
      "WeightFiles", ["WeightFiles", "Architecture", "Tensors"],
      resources: [.copy("Fixtures")]),
    tests(
      "Preprocessing", ["Preprocessing", "CResize", "Images", "JSON"],
      resources: [.copy("Fixtures")]),
    tests(
      "Interop",
      [
        "Training", "Explanation", "ModelLibrary", "Network", "Architecture", "Kernels", "System",
        "Threads",
      ]),
    tests(
      "ModelLibrary",
      [
        "ModelLibrary", "WeightFiles", "Architecture", "JSON", "Network", "Preprocessing", "Images",
        "Tensors", "System", "TemporaryFolder",
      ]),
  ]
)

if isFuzzed {
  package.targets += [
    .target(name: "FuzzingMutator", path: "Tests/FuzzingMutator", cSettings: cSettings),
    .executableTarget(
      name: "Fuzzing",
      dependencies: [
        "Training", "Classification", "ModelLibrary", "Network", "Architecture", "Preprocessing",
        "WeightFiles", "Tensors", "Images", "System", "JSON", "Search", "Report", "Kernels",
        "Threads", "FuzzingMutator", "alexnet",
      ], path: "Tests/Fuzzing", swiftSettings: swiftSettings),
  ]
}
