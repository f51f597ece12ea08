INSERT INTO broadcasts (project, name, kind, survey, active) VALUES
  ('demo-health', 'Vaccination day', 'immediate', 0, 1), ('demo-health', 'Weekly stock question', 'scheduled', 1, 1),
  ('demo-health', 'Monthly newsletter', 'scheduled', 0, 1), ('demo-health', 'Old campaign', 'scheduled', 0, 0),
  ('elsewhere', 'Hello', 'scheduled', 1, 1);
INSERT INTO alerts (project, name, survey, active) VALUES
  ('demo-health', 'ANC visit reminder', 0, 1), ('demo-health', 'Missed appointment', 0, 1),
  ('demo-health', 'Postnatal check', 1, 1), ('demo-health', 'Trial alert', 0, 0), ('elsewhere', 'Visit', 0, 1);
INSERT INTO roles (project, name, custom) VALUES
  ('demo-health', 'Admin', 0), ('demo-health', 'Read Only', 0), ('demo-health', 'Supervisor', 1),
  ('demo-health', 'Data entry', 1), ('demo-health', 'District officer', 1), ('elsewhere', 'Nurse', 1);
INSERT INTO rules (project, name) VALUES
  ('demo-health', 'Close pregnancies after delivery'), ('demo-health', 'Close children at five years'),
  ('elsewhere', 'Close visits');
INSERT INTO forwarders (project, name) VALUES
  ('demo-health', 'Cases to the district register'), ('demo-health', 'Forms to the data warehouse');
INSERT INTO reports (project, name) VALUES
  ('demo-health', 'Visits by village'), ('demo-health', 'Deliveries by month'), ('demo-health', 'Referrals'),
  ('elsewhere', 'Visits');
INSERT INTO security (project, name, minutes, active) VALUES
  ('demo-health', 'Two-factor sign-in', NULL, 1), ('demo-health', 'Short session timeout', 15, 1),
  ('demo-health', 'Strong mobile passwords', NULL, 0), ('elsewhere', 'Two-factor sign-in', NULL, 1);
INSERT INTO apps (project, name, web, practice_user, practice, logo, logo_shown) VALUES
  ('demo-health', 'Mother and Child', 1, 'practice-nurse', 1, 'mother.png', 1),
  ('demo-health', 'Stock', 1, NULL, 0, NULL, 0), ('demo-health', 'Referral', 0, NULL, 0, 'referral.png', 1),
  ('elsewhere', 'Visits', 1, 'practice', 1, 'visits.png', 1);
INSERT INTO lookup_tables (project, name) VALUES
  ('demo-health', 'Villages'), ('demo-health', 'Clinics'), ('demo-health', 'Medicines'), ('elsewhere', 'Wards');
INSERT INTO exports (project, name, deidentified) VALUES
  ('demo-health', 'All visits', 0), ('demo-health', 'Visits for research', 1), ('demo-health', 'Births for research', 1);
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 212)
  INSERT INTO users (project, name, kind) SELECT 'demo-health', 'worker-' || n, 'mobile' FROM numbers;
INSERT INTO users (project, name, kind, active) VALUES
  ('demo-health', 'left-long-ago', 'mobile', 0), ('demo-health', 'amina@example.org', 'web', 1),
  ('demo-health', 'joseph@example.org', 'web', 1), ('elsewhere', 'worker', 'mobile', 1);
