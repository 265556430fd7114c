extension HelpTopic {
  static let records = HelpTopic(
    name: "records", abstract: "The results of classify as JSON, JSON Lines and CSV.",
    text: """
      --jsonl writes one record a line, in the order of the inputs, each as soon as it
      is known. --json writes one array of the same records. Each input gives exactly
      one record: its predictions, or the error that kept it from being classified.

          {"path": "cup.png", "width": 600, "height": 400, "model": "starter",
           "precision": "int8",
           "predictions": [{"rank": 1, "index": 193, "wnid": "n07920052",
                            "label": "espresso", "probability": 0.7123983}]}
          {"path": "notes.jpg", "error": {"code": "unsupported_format",
           "message": "this is a text file, not a JPEG or PNG image; ..."}}

      Members of a record:

        path
            The path as it was named or found; - for standard input. Bytes that are not
            UTF-8 are replaced by U+FFFD.
        path_base64
            The bytes of the path, in base64. Present only where path was repaired.
        archive
            The tar archive that the image is in, - for standard input (archive_base64:
            as for path). Present only for members of archives; path is then the name of
            the member.
        width, height
            Pixels of the upright image, after its EXIF orientation.
        model
            The name of the model that answered.
        precision
            What it computed in: fp32, bf16 or int8.
        group
            Only with --group: name and probability of the group whose classes together
            are most probable.
        predictions
            The most likely classes, most likely first, at most --top of them.
        predictions[].rank
            1 for the most likely class, then 2, 3, ...
        predictions[].index
            The position of the class in the output of the model, from 0.
        predictions[].wnid
            The WordNet id of the class, or null.
        predictions[].label
            A readable name.
        predictions[].probability
            From 0 to 1. The probabilities of all classes of the model sum to 1.
        error
            Present only where the input failed, instead of width, height, model and
            predictions.
        error.code
            not_found, permission_denied, not_a_file, empty, unsupported_format,
            unsupported_feature, truncated, corrupt, limit_exceeded, io_error, timeout or
            internal.
        error.message
            What is wrong, and what to do about it.

      CSV has one header line, one row for each prediction, and one row for each photo that
      has none: because it failed, or because no class is as probable as --min-probability.
      Its columns are path, path_base64, width, height, model, rank, index, wnid, label,
      probability, error_code, error_message and archive, and with --group also
      group and group_probability. With --errors FILE, failures go there instead. In a
      table, failures go to standard error.

      In fp32, the probabilities of a photo may differ in their last digits (by about
      1e-6) with the photos that share its batch. In int8, and with --deterministic, they
      are always the same.
      """)

  static let evaluation = HelpTopic(
    name: "evaluation", abstract: "Labels for evaluate, and its report as JSON and CSV.",
    text: """
      The data is a folder that has one folder for each class, named by the WordNet id
      or the label of the class (upper and lower case are the same, and underscores
      stand for spaces). Or it is a folder of images, and --ground-truth FILE says what
      they show. A line of that file is one of:

        ILSVRC2012_val_00000001.JPEG 65
            A file name and the position of its class in the output of the model, from
            0, as in Caffe's val.txt. The line is cut at its last space or tab.
        photo of a cat.jpg n02123045
            A file name, and a WordNet id or a label.
        n02123045
            A WordNet id or a label alone: one line for each image, in the sorted order
            of the files.

      Accuracy is computed over the images that could be read. The others are listed on
      standard error and counted as failed. Images without a label are left out and
      counted as unlabelled. A folder or a label that is no class of the model is an
      error; --skip-unknown leaves it out instead. If no folder at all is a class, a
      table shows what their photos are taken for; with --per-class or --report it is
      an error. Intervals are 95% Wilson score intervals.

      Members of the object that --json writes:

        model, classes, crops
            The model that answered, how many classes it has, and how many crops of each
            image it saw.
        images
            How many images had a label, including those that failed.
        failed
            How many of these could not be read. They count towards no accuracy.
        unlabelled
            How many further images had no label.
        top1, top5
            correct (a count), accuracy (from 0 to 1, null without images) and interval
            (its lower and upper end).
        seconds, images_per_second
            The time of the run, without opening the model.
        confusions
            The commonest mistakes, commonest first: count, and truth and predicted,
            each with index, wnid (or null) and label.
        folders
            Beside the model alone, where no folder is a class: folder, images, failed,
            and taken_for, which lists classes (index, wnid, label) with a count.

      --per-class FILE writes CSV with one row for each class of the model: index, wnid,
      label, images, failed, top1_correct, top5_correct, top1_accuracy, top5_accuracy
      (empty without images), and the commonest mistake as taken_for_index, taken_for
      and taken_for_count.
      """)

  static let conversion = HelpTopic(
    name: "conversion", abstract: "The reports of model compress and model quantize as JSON.",
    text: """
      --json writes one object:

        model
            The name of the model.
        bytes
            The sizes of the two files, before and after.
        layers
            From compress only. name, weights (how many weights the layer has) and
            nonzero (how many of them are not zero, before and after).
        calibration
            From quantize only. images (how many the activation ranges were measured on)
            and failed (how many could not be read).
        evaluation
            Null without --evaluate. images, failed and unlabelled as in the report of
            evaluate; top1 and top5, each before and after; agreement: how many images
            had the same most likely class before and after (same), and their share.
      """)
}
