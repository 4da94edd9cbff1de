# Has every compilation of a project started by record_cost.py. For CMAKE_PROJECT_INCLUDE.
# A property of rules, since a compiler launcher isn't asked for assembly.
set_property(GLOBAL PROPERTY RULE_LAUNCH_COMPILE
  "/usr/bin/python3 -I -S \"${CMAKE_CURRENT_LIST_DIR}/record_cost.py\"")
